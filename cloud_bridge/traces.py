"""Traces of jobs, which go on from the device's: over OTLP/HTTP to the collector that the settings name.

::

    device    turn ├────────────────────────────────────────────────────┤     trace id: the turn's own id
              job       ├──────────────────────────────────────┤              span id: the end of the job's id
    bridge                accept ┤ queue ├──┤ call ├────┤ store ┤ deliver ┤ acknowledge ┤

Every span names the device's span as its parent, as the job's message has it (https://www.w3.org/TR/trace-context/), so
nothing has to be remembered over a restart. A trace is kept or not by its id alone: with the same `ratio` at both ends,
both keep the same. Spans hold ids, kinds, states and counts. They are sent by a thread of the SDK's; what is too much
for it is dropped.
"""

import asyncio
import contextlib
import threading
from collections import OrderedDict
from time import time
from typing import TYPE_CHECKING, Any

from cloud_bridge.config import ConfigError, Tracing
from cloud_bridge.entry import Entry
from cloud_bridge.protocol import Answer, Failed, Final, ProtocolError, parse_result
from cloud_bridge.witness import Witness

if TYPE_CHECKING:  # the extra `telemetry`, which only those need who want traces
    from opentelemetry.sdk.trace import TracerProvider

MOST_REMEMBERED = 10_000
"""Jobs whose acknowledgement is waited for, and those under way."""
GOODBYE_S = 5.0
SEND_WITHIN_S = 5.0


class Traces(Witness):
    """One a process."""

    def __init__(self, provider: "TracerProvider", *, ratio: float) -> None:
        """`ratio`: the share of traces that is kept, from 0 to 1."""
        from opentelemetry import trace

        self._trace, self._provider = trace, provider
        self._tracer = provider.get_tracer("nightjar")
        self._below = int(ratio * 2**32)
        self._claimed: OrderedDict[int, float] = OrderedDict()
        self._ended: OrderedDict[tuple[str, str], Entry] = OrderedDict()

    async def close(self) -> None:
        """Send what is left, but wait for no collector that does not answer."""
        goodbye = threading.Thread(target=self._provider.shutdown, name="traces", daemon=True)
        goodbye.start()
        await asyncio.to_thread(goodbye.join, GOODBYE_S)

    def accepted(self, entry: Entry, *, now: float) -> None:
        """From the message to the ledger."""
        if self._keeps(entry):
            self._span("accept", entry, now, time(), kind="CONSUMER")

    def claimed(self, entry: Entry, *, now: float) -> None:
        """How long it waited."""
        if self._keeps(entry):
            _remember(self._claimed, entry.seq, now)
            self._span("queue", entry, entry.accepted_at, now)

    def put_back(self, entry: Entry) -> None:
        """The call came to nothing."""
        began = self._claimed.pop(entry.seq, None)
        if began is not None:
            self._span("call", entry, began, time(), kind="CLIENT", **{"nightjar.state": "queued"})

    def ended(self, entry: Entry, *, now: float) -> None:
        """The call, and writing down what came of it."""
        if not self._keeps(entry):
            return
        outcome: dict[str, Any] = {"nightjar.state": entry.state} | _outcome(entry)
        began = self._claimed.pop(entry.seq, None)
        if began is not None:
            self._span("call", entry, began, now, kind="CLIENT", **outcome)
        self._span("store", entry, now, time(), **outcome)
        _remember(self._ended, (entry.device, entry.job), entry)

    def delivered(self, entry: Entry, *, began: float, now: float) -> None:
        """Until the broker had it."""
        if self._keeps(entry):
            self._span("deliver", entry, began, now, kind="PRODUCER")
            _remember(self._ended, (entry.device, entry.job), entry)

    def acknowledged(self, device: str, job: str, *, now: float) -> None:
        """The device has it."""
        entry = self._ended.pop((device, job), None)
        if entry is not None:
            self._span("acknowledge", entry, now, time(), kind="CONSUMER")

    def _keeps(self, entry: Entry) -> bool:
        # The last 32 bits: what stands before them in a UUIDv7 may be a counter.
        return entry.trace is not None and int(entry.trace[27:35], 16) < self._below

    def _span(
        self, name: str, entry: Entry, began: float, ended: float, *, kind: str = "INTERNAL", **more: Any
    ) -> None:
        assert entry.trace is not None
        _, trace_id, span_id, _ = entry.trace.split("-")
        parent = self._trace.SpanContext(
            int(trace_id, 16), int(span_id, 16), is_remote=True, trace_flags=self._trace.TraceFlags(1)
        )
        span = self._tracer.start_span(
            name,
            context=self._trace.set_span_in_context(self._trace.NonRecordingSpan(parent)),
            kind=self._trace.SpanKind[kind],
            start_time=int(began * 1e9),
            attributes={"nightjar.job": entry.job, "nightjar.device": entry.device, "nightjar.kind": entry.kind} | more,
        )
        span.end(end_time=int(max(began, ended) * 1e9))


def open_traces(settings: Tracing, *, bridge: str) -> Traces:
    """Send to the settings' endpoint. Raises ConfigError where OpenTelemetry is not installed."""
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise ConfigError("[traces] needs OpenTelemetry: pip install 'nightjar[telemetry]'.") from None
    resource = Resource({"service.name": "nightjar-bridge", "service.instance.id": bridge})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    exporter = OTLPSpanExporter(endpoint=settings.endpoint, timeout=SEND_WITHIN_S)
    provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=1000))
    return Traces(provider, ratio=settings.ratio)


def _remember(kept: OrderedDict[Any, Any], key: Any, value: Any) -> None:
    kept[key] = value
    kept.move_to_end(key)
    while len(kept) > MOST_REMEMBERED:
        kept.popitem(last=False)


def _outcome(entry: Entry) -> dict[str, str | int]:
    """Of an end: who made it and what it took, or why there is nothing."""
    with contextlib.suppress(ProtocolError):
        match parse_result(entry.result or b""):
            case Failed(code=code):
                return {"nightjar.code": code}
            case Final(provider=who, usage=usage) | Answer(provider=who, usage=usage):
                return {
                    "nightjar.provider": who,
                    "gen_ai.usage.input_tokens": usage.input_tokens,
                    "gen_ai.usage.output_tokens": usage.output_tokens,
                }
            case _:
                pass
    return {}
