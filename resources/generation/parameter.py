"""How an installation generates, as a parameter of Dagster's steps."""

from dagster import ResourceParam

from resources.generation.installation import Generation

GenerationParam = ResourceParam[Generation]
