"""What the bridge does, in numbers: Prometheus text at `GET /metrics` of the operations listener.

Labels are kinds, states, providers and other short lists; never a device, a job or a word. Every child of a labelled
metric is looked up once and kept, as prometheus-client takes a lock and builds a tuple for each `labels()`.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.metrics import MetricWrapperBase

from cloud_bridge.entry import Entry
from cloud_bridge.protocol import Answer, Failed, Final, ProtocolError, parse_result
from cloud_bridge.witness import Witness

WAITS_S = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 21600)
SERVED_S = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 300)
COMMIT_S = (0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1, 5)
GROUP = (1, 2, 4, 8, 16, 32, 64, 128, 256, 500)
LAG_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 5)
LAG_EVERY_S = 0.25

M = TypeVar("M", bound=MetricWrapperBase)


class _Kept(Generic[M]):
    """A metric and its children, each looked up once."""

    def __init__(self, metric: M) -> None:
        self._metric = metric
        self._children: dict[tuple[str, ...], M] = {}

    def of(self, *labels: str) -> M:
        """The child with these labels; without any the metric itself."""
        child = self._children.get(labels)
        if child is None:
            child = self._children[labels] = self._metric.labels(*labels) if labels else self._metric
        return child


class Metrics(Witness):
    """One a process, with a registry of its own."""

    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
        ProcessCollector(registry=registry)

        def counter(name: str, text: str, *labels: str) -> "_Kept[Counter]":
            return _Kept(Counter(f"nightjar_{name}", text, labels, registry=registry))

        def histogram(name: str, text: str, buckets: Sequence[float], *labels: str) -> "_Kept[Histogram]":
            return _Kept(Histogram(f"nightjar_{name}", text, labels, registry=registry, buckets=buckets))

        self._accepted = counter("jobs_accepted", "Jobs taken on.", "kind")
        self._ended = counter("jobs_ended", "Jobs that are over, by how they ended.", "kind", "state")
        self._failed = counter("jobs_failed", "Jobs that ended without what was asked for, by why.", "kind", "code")
        self._put_back = counter("jobs_put_back", "Jobs that wait again, as the provider did nothing.", "kind")
        self._acknowledged = counter("jobs_acknowledged", "Ends that devices have confirmed, repetitions too.")
        self._refused = counter("messages_refused", "Messages of devices that were not taken.", "why")
        self._waited = histogram("job_wait_seconds", "From acceptance to the call.", WAITS_S, "kind")
        self._served = histogram("job_service_seconds", "From the call to the end.", SERVED_S, "kind")
        self._delivered = histogram("delivery_seconds", "Until the broker has the end of a job.", WAITS_S)
        self._commit = histogram("ledger_commit_seconds", "One transaction of the ledger.", COMMIT_S).of()
        self._group = histogram("ledger_group_orders", "Orders in one transaction.", GROUP).of()
        self._calls = counter("provider_calls", "Calls of providers.", "provider", "outcome", "http")
        self._call_s = histogram("provider_call_seconds", "How long calls of providers took.", SERVED_S, "provider")
        self._tokens = counter("tokens", "Tokens as providers count them.", "provider", "direction")
        self._energy = counter("energy_joules", "Energy of pictures, where their maker measures it.", "provider")
        self._cost = counter("cost_usd", "US dollars by the bridge's price table.", "provider")
        self._stored = counter("media_stored_bytes", "Pictures written.").of()
        self._sent = counter("media_sent_bytes", "Pictures fetched.").of()
        self._up = _Kept(Gauge("nightjar_up", "Whether it works.", ("capability",), registry=registry))
        self._breakers = _Kept(
            Gauge("nightjar_breaker_open", "Whether it is left alone.", ("capability", "provider"), registry=registry)
        )
        self._lag = histogram("event_loop_lag_seconds", "How late the event loop wakes up.", LAG_S).of()
        self._claimed_at: dict[int, float] = {}
        """Jobs that a provider is called for, by `seq`: since when."""

    def watch(self, name: str, text: str, value: Callable[[], float]) -> None:
        """Show `nightjar_{name}`, which is what `value` gives whenever somebody looks."""
        Gauge(f"nightjar_{name}", text, registry=self._registry).set_function(value)

    def watch_up(self, capability: str, value: Callable[[], float]) -> None:
        """Show `nightjar_up{capability="…"}`: 1 while it works."""
        self._up.of(capability).set_function(value)

    def watch_breaker(self, capability: str, provider: str, value: Callable[[], float]) -> None:
        """Show `nightjar_breaker_open{…}`: 1 while that provider is left alone."""
        self._breakers.of(capability, provider).set_function(value)

    def text(self) -> bytes:
        """All of it, as Prometheus reads it."""
        return generate_latest(self._registry)

    async def feel_lag(self) -> None:
        """Note how late the event loop wakes up, for ever."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + LAG_EVERY_S
            await asyncio.sleep(LAG_EVERY_S)
            self._lag.observe(max(0.0, loop.time() - due))

    def accepted(self, entry: Entry, *, now: float) -> None:  # noqa: ARG002
        """Count it."""
        self._accepted.of(entry.kind).inc()

    def claimed(self, entry: Entry, *, now: float) -> None:
        """Note how long it has waited."""
        self._claimed_at[entry.seq] = now
        self._waited.of(entry.kind).observe(max(0.0, now - entry.accepted_at))

    def put_back(self, entry: Entry) -> None:
        """Count it."""
        self._claimed_at.pop(entry.seq, None)
        self._put_back.of(entry.kind).inc()

    def ended(self, entry: Entry, *, now: float) -> None:
        """Count how it ended, how long the call took, and what it cost."""
        began = self._claimed_at.pop(entry.seq, None)
        if began is not None:
            self._served.of(entry.kind).observe(max(0.0, now - began))
        self._ended.of(entry.kind, entry.state).inc()
        with contextlib.suppress(ProtocolError):
            match parse_result(entry.result or b""):
                case Failed(code=code):
                    self._failed.of(entry.kind, code).inc()
                case Final(provider=provider, usage=usage) | Answer(provider=provider, usage=usage):
                    self._tokens.of(provider, "input").inc(usage.input_tokens)
                    self._tokens.of(provider, "output").inc(usage.output_tokens)
                    self._energy.of(provider).inc(usage.energy_j or 0.0)
                    self._cost.of(provider).inc(usage.cost_usd or 0.0)
                case _:
                    pass

    def delivered(self, entry: Entry, *, began: float, now: float) -> None:  # noqa: ARG002
        """Note how long it took."""
        self._delivered.of().observe(max(0.0, now - began))

    def acknowledged(self, device: str, job: str, *, now: float) -> None:  # noqa: ARG002
        """Count it."""
        self._acknowledged.of().inc()

    def committed(self, orders: int, took_s: float) -> None:
        """Note both."""
        self._commit.observe(took_s)
        self._group.observe(orders)

    def refused(self, why: str) -> None:
        """Count it."""
        self._refused.of(why).inc()

    def called(self, provider: str, outcome: str, status: int, took_s: float) -> None:
        """Count it by outcome and by the hundreds of the status (`2xx`, `none`)."""
        self._calls.of(provider, outcome, f"{status // 100}xx" if status else "none").inc()
        self._call_s.of(provider).observe(took_s)

    def stored(self, size_bytes: int) -> None:
        """Add it up."""
        self._stored.inc(size_bytes)

    def sent(self, size_bytes: int) -> None:
        """Add it up."""
        self._sent.inc(size_bytes)
