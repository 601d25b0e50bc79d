"""Traces: what the bridge does for a job goes on from the device's turn, and no word of anybody's is in it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import pytest
from aiohttp import web
from bridge_parts import WITHIN_S, Provider, bridge_toml, device, error, request
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from test_operations import bridge
from uuid_utils import uuid7

from cloud_bridge.broker import Broker
from cloud_bridge.config import Tracing
from cloud_bridge.ledger import Ledger
from cloud_bridge.listen import serve
from cloud_bridge.protocol import Failed, Final, ImageCreate, encode
from cloud_bridge.traces import open_traces
from device.trace import trace_id, traceparent


class Collector:
    """Takes spans, as an OTLP/HTTP collector does."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.bodies = b""
        self._came = asyncio.Event()

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.bodies += body
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            self.spans += [span for scope in resource.scope_spans for span in scope.spans]
        self._came.set()
        return web.Response()

    async def has(self, names: set[str], trace: str) -> dict[str, Span]:
        """The spans of a trace by name, as soon as these have come."""
        async with asyncio.timeout(WITHIN_S):
            while not names <= (found := {s.name: s for s in self.spans if s.trace_id.hex() == trace}).keys():
                self._came.clear()
                await self._came.wait()
            return found


@asynccontextmanager
async def collecting() -> AsyncIterator[tuple[Collector, str]]:
    collector, app = Collector(), web.Application()
    app.router.add_post("/v1/traces", collector.take)
    async with serve(app, host="127.0.0.1", port=0) as url:
        yield collector, f"{url}/v1/traces"


def traced(prompt: str = "a red fox") -> ImageCreate:
    turn, wish = str(uuid7()), request(prompt)
    return wish.model_copy(update={"turn": turn, "trace": traceparent(turn, wish.job)})


def attributes(span: Span) -> dict[str, str | int]:
    return {one.key: one.value.string_value or one.value.int_value for one in span.attributes}


async def test_what_the_bridge_does_is_in_the_turns_trace(tmp_path: Path, broker: Broker, provider: Provider) -> None:
    well, badly = traced("a quokka on a bicycle"), traced("a rude quokka")
    async with collecting() as (collector, url):
        config = bridge_toml(tmp_path, broker, provider.url)
        config.write_text(config.read_text() + f'[traces]\nendpoint = "{url}"\nratio = 1.0\n')
        async with bridge(config), device(broker) as lamp:
            await lamp.send(well)
            await lamp.hears(Final, well.job)
            await lamp.ack(well.job)
            provider.answers = [error(400, "moderation_blocked", "a rude quokka")]
            await lamp.send(badly)
            await lamp.hears(Failed, badly.job)
            steps = {"accept", "queue", "call", "store", "deliver"}
            spans = await collector.has(steps | {"acknowledge"}, trace_id(well.turn))
            others = await collector.has(steps, trace_id(badly.turn))
    assert {span.parent_span_id.hex() for span in spans.values()} == {well.job.hex[16:]}
    assert all(attributes(span)["nightjar.job"] == str(well.job) for span in spans.values())
    assert attributes(spans["call"])["nightjar.provider"] == "Painter"
    assert attributes(spans["call"])["gen_ai.usage.output_tokens"] == 2000
    assert attributes(others["store"])["nightjar.code"] == "refused"
    order = [
        spans[name].start_time_unix_nano for name in ("accept", "queue", "call", "store", "deliver", "acknowledge")
    ]
    assert order[0] <= order[2] <= order[3] <= order[4] <= order[5]
    assert b"quokka" not in collector.bodies


async def accepted(ledger: Ledger, *wishes: ImageCreate) -> None:
    for wish in wishes:
        await ledger.accept(
            device="lamp", job=str(wish.job), body=encode(wish), expires_at=2e9, now=1e9, trace=wish.trace
        )


async def test_a_share_of_the_traces_is_kept_by_their_ids_alone(tmp_path: Path) -> None:
    async with collecting() as (collector, url):
        traces = open_traces(Tracing(endpoint=url, ratio=0.5), bridge="main")
        ledger = Ledger(tmp_path / "ledger.sqlite", witness=traces)
        wishes = [traced() for _ in range(60)]
        await accepted(ledger, *wishes, request())  # the last is of a device that knows no traces
        await ledger.close()
        await traces.close()
    kept = {wish.turn for wish in wishes if int(UUID(wish.turn).hex[-8:], 16) < 2**31}
    assert {str(UUID(bytes=span.trace_id)) for span in collector.spans} == kept
    assert 0 < len(kept) < 60


async def test_a_collector_that_does_not_answer_holds_nobody_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cloud_bridge.traces.GOODBYE_S", 0.2)
    never = asyncio.Event()
    app = web.Application()

    async def hang(_request: web.Request) -> web.Response:
        await never.wait()
        return web.Response()

    app.router.add_post("/v1/traces", hang)
    async with serve(app, host="127.0.0.1", port=0) as url:
        traces = open_traces(Tracing(endpoint=f"{url}/v1/traces", ratio=1.0), bridge="main")
        ledger = Ledger(tmp_path / "ledger.sqlite", witness=traces)
        async with asyncio.timeout(WITHIN_S):
            await accepted(ledger, *(traced() for _ in range(3000)))  # more than the sender's queue holds
            await ledger.close()
            await traces.close()
        never.set()


def test_a_turn_that_is_no_uuid_has_a_trace_too() -> None:
    assert trace_id("t1") == trace_id("t1") != trace_id("t2")
    assert traced(prompt="x").model_copy(update={"trace": traceparent("t1", UUID(int=2**80 + 5))}).trace == (
        f"00-{trace_id('t1')}-0000000000000005-00"
    )
