"""Spans of requests and runs, sent to an OpenTelemetry collector; nothing is sent unless an endpoint is named.

A trace goes on from outside: a request's by its header `traceparent`, a run's by the variable TRACEPARENT.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Literal, Self

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span as OtelSpan

Value = str | int | float | bool
EXPORT_TIMEOUT_S = 2.0  # a collector that is away must not hold up the end of a run


class Span:
    """One piece of work; without a collector it does nothing.

    Args:
        span: OpenTelemetry's span; None where nothing is traced.
        context: the context in which the span is the current one.
    """

    def __init__(self, span: "OtelSpan | None" = None, context: "Context | None" = None) -> None:
        self._span, self.context = span, context

    @property
    def trace_id(self) -> str:
        """The trace, 32 hexadecimal digits; empty where nothing is traced."""
        return f"{self._span.get_span_context().trace_id:032x}" if self._span else ""

    @property
    def traceparent(self) -> str:
        """The header by which work elsewhere goes on under this span; empty where nothing is traced."""
        if self._span is None:
            return ""
        about = self._span.get_span_context()
        return f"00-{about.trace_id:032x}-{about.span_id:016x}-{int(about.trace_flags):02x}"

    def set(self, name: str, value: Value) -> None:
        """Set an attribute."""
        if self._span:
            self._span.set_attribute(name, value)

    def rename(self, name: str) -> None:
        """Give the span the name that is known only now."""
        if self._span:
            self._span.update_name(name)

    def fail(self, what: str = "") -> None:
        """Mark the work as failed; `what` is a word such as an error's class, never a value of the data."""
        if self._span:
            from opentelemetry.trace import Status, StatusCode

            self._span.set_status(Status(StatusCode.ERROR, what or None))

    def end(self) -> None:
        """The work has ended."""
        if self._span:
            self._span.end()


_CURRENT: ContextVar[Span | None] = ContextVar("span", default=None)


def process_environment() -> dict[str, str]:
    """What a process that is started now needs in its environment to go on with the trace."""
    span = _CURRENT.get()
    return {"TRACEPARENT": span.traceparent} if span is not None and span.traceparent else {}


class Tracing:
    """Makes spans; without an endpoint, spans that do nothing.

    Args:
        endpoint: address of a collector's OTLP/HTTP receiver, http://host:4318; None: nothing is traced.
        service: name of the process in traces.
    """

    def __init__(self, endpoint: str | None, service: str) -> None:
        self._provider = _provider(endpoint, service) if endpoint else None

    @property
    def is_on(self) -> bool:
        """Whether spans are sent."""
        return self._provider is not None

    def start(
        self,
        name: str,
        attributes: Mapping[str, Value] | None = None,
        *,
        parent: Span | None = None,
        carrier: Mapping[str, str] | None = None,
        kind: Literal["internal", "server"] = "internal",
    ) -> Span:
        """Begin a span.

        Args:
            name: of the work.
            attributes: what is known of it.
            parent: the span that it is part of.
            carrier: where `traceparent` may stand, when the trace began elsewhere.
            kind: server for a request that somebody sent.
        """
        if self._provider is None:
            return Span()
        from opentelemetry.context import Context
        from opentelemetry.trace import SpanKind, set_span_in_context
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        context = (parent.context if parent else None) or Context()
        if carrier:
            context = TraceContextTextMapPropagator().extract(dict(carrier), context)
        of_kind = SpanKind.SERVER if kind == "server" else SpanKind.INTERNAL
        span = self._provider.get_tracer("lacquer").start_span(name, context, of_kind, dict(attributes or {}))
        return Span(span, set_span_in_context(span, context))

    @contextmanager
    def span(self, name: str, attributes: Mapping[str, Value] | None = None, **given: Any) -> Iterator[Span]:
        """A span around the body; an exception marks it as failed, with its class."""
        span = self.start(name, attributes, **given)
        token = _CURRENT.set(span)
        try:
            yield span
        except BaseException as error:
            span.fail(type(error).__name__)
            raise
        finally:
            _CURRENT.reset(token)
            span.end()

    def close(self) -> None:
        """Send what is not sent yet."""
        if self._provider is not None:
            self._provider.shutdown()

    def __enter__(self) -> Self:
        """Trace the body."""
        return self

    def __exit__(self, *_: object) -> None:
        """Send what is not sent yet."""
        self.close()


def _provider(endpoint: str, service: str) -> "TracerProvider":
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise ValueError(
            "LACQUER_TELEMETRY_ENDPOINT is set, but OpenTelemetry is not installed: make serve-tools"
        ) from error
    from serving.version import version

    # Not Resource.create, which would add the machine's name and the command line.
    provider = TracerProvider(resource=Resource({"service.name": service, "service.version": version()}))
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=EXPORT_TIMEOUT_S)
    provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=1000))
    return provider
