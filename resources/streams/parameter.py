"""The streams as assets and sensors ask for them; apart, so that readers of streams need no Dagster."""

from dagster import ResourceParam

from resources.streams.connecting import Streams

StreamsParam = ResourceParam[Streams]
