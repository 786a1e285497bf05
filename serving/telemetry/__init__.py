"""Traces and logs of the server and of runs.

Belongs here: OpenTelemetry spans, sent over OTLP/HTTP where LACQUER_TELEMETRY_ENDPOINT names a collector, and log lines
as JSON where LACQUER_LOG_FORMAT is json. Metrics are in :mod:`serving.api.metrics`. A span or a log line holds ids,
names of routes and tables, counts and times; never a value of the data.
"""
