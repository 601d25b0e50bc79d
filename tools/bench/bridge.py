"""How many jobs a second the bridge takes: mosquitto, the bridge and the devices, all on this machine.

The broker is our own mosquitto, the ledger SQLite with synchronous=FULL, and the bridge everything that it is by
default, safety and all, with budgets and traces on; but for its provider (`bridge_stand_in.py`), which takes 50 ms and
gives one small picture, stored by its hash and sent as a link. `bridge_load.py` asks at a steady rate, every hundredth
job twice. What each of the three costs is told apart; what it costs to fetch pictures is left out.

`search`: after that, higher and higher rates for `SEARCH_S` each, until one is not held.
"""

import asyncio
import json
import os
import sqlite3
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from cloud_bridge.broker import Broker, bridge_user, end_with_this_process
from cloud_bridge.listen import serve
from tools.bench import NothingToMeasure, result
from tools.bench.bridge_load import Load, Outcome

RATE = 1157.0
"""700 million a week."""
SECONDS = 60.0
SEARCH_S = 12.0
DEVICES = 32
CONCURRENCY = 1000
HELD = 0.99
"""A rate is held when as much of what was offered has ended by the time that the last job is due …"""
P99_MS = 1000.0
"""… and hardly anybody has waited longer."""
CONFIG = """\
concurrency = {concurrency}
[broker]
port = {port}
username = {user}
password = {password}
[media]
port = 0
[status]
port = 0
[budgets.standard]
device_usd_a_day = 1000000
[traces]
endpoint = {collector}
ratio = 0.05
[provider]
api_key = "none needed"
"""


@dataclass(slots=True)
class _Process:
    """What one process uses (Linux)."""

    pid: int
    rss_mb: list[float] = field(default_factory=list)

    def cpu_s(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def look(self) -> None:
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8")
        self.rss_mb.append(round(int(status.partition("VmRSS:")[2].split()[0]) / 1000, 1))


async def measure(
    _models: Path, _speech: Path | None, *, rate: float = RATE, seconds: float = SECONDS, search: bool = False
) -> dict[str, Any]:
    """The figures of the rate; with `search` those of the highest rate held too."""
    figures = await _measure(rate, seconds)
    if search:
        figures["search"] = await _search(rate)
    return result("bridge", figures.pop("jobs"), **figures)


async def _search(begin: float) -> dict[str, Any]:
    """The highest rate held, to within a twentieth."""
    held, tried, rate = 0.0, [], begin
    missed = float("inf")
    while missed / max(held, 1.0) > 1.05 and rate > 1:
        figures = await _measure(rate, SEARCH_S)
        tried.append({key: figures[key] for key in ("offered_per_s", "held_per_s", "lost", "duplicated", "p99_ms")})
        if _is_held(figures):
            held = rate
        else:
            missed = rate
        rate = held * 1.25 if missed == float("inf") else (held + missed) / 2
    return {"highest_per_s": round(held), "tried": tried}


def _is_held(figures: dict[str, Any]) -> bool:
    return (
        figures["held_per_s"] >= HELD * figures["offered_per_s"]
        and figures["p99_ms"] <= P99_MS
        and not figures["lost"]
        and not figures["duplicated"]
        and not figures["failed"]
    )


async def _measure(rate: float, seconds: float) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="nightjar-bench-") as directory:
        state = Path(directory)
        devices = tuple(f"device-{number}" for number in range(DEVICES))
        async with (
            Broker(state / "broker", devices=devices) as broker,
            _collector() as collector,
            _bridge(state, broker, collector) as bridge,
        ):
            assert broker.pid is not None
            processes = {"bridge": _Process(bridge.pid), "broker": _Process(broker.pid)}
            before = {name: process.cpu_s() for name, process in processes.items()}
            looking = asyncio.create_task(_look(processes))
            accounts = {device: broker.passwords[device] for device in devices}
            outcome = await _load(Load(port=broker.port, accounts=accounts, rate=rate, seconds=seconds))
            looking.cancel()
            cpu_s = {name: process.cpu_s() - before[name] for name, process in processes.items()}
            calls = await _stop(bridge)
        return _figures(
            outcome,
            seconds=seconds,
            cpu_s=cpu_s,
            processes=processes,
            calls=calls,
            ledger=state / "ledger.sqlite",
        )


def _figures(
    outcome: Outcome,
    *,
    seconds: float,
    cpu_s: dict[str, float],
    processes: dict[str, _Process],
    calls: int,
    ledger: Path,
) -> dict[str, Any]:
    with closing(sqlite3.connect(ledger)) as database:
        states = dict(database.execute("SELECT state, count(*) FROM jobs GROUP BY state").fetchall())
        (called,) = database.execute("SELECT count(*) FROM jobs WHERE calls > 0").fetchone()
    per_job = {name: used / outcome.offered * 1e6 for name, used in (cpu_s | {"load": outcome.cpu_s}).items()}
    rss_mb = processes["bridge"].rss_mb
    return {
        "jobs": outcome.offered,
        "offered_per_s": round(outcome.offered / seconds, 1),
        "held_per_s": round(outcome.in_time / seconds, 1),
        "lost": outcome.lost,
        "duplicated": outcome.ended_twice + calls - called,
        "failed": outcome.failed,
        "p50_ms": outcome.p50_ms,
        "p99_ms": outcome.p99_ms,
        "slowest_ms": outcome.slowest_ms,
        "cpu_s": round(sum(cpu_s.values()), 1),
        "rss_mb": rss_mb[-1],
        "bridge_rss_mb": {"start": rss_mb[0], "highest": max(rss_mb), "end": rss_mb[-1]},
        "broker_rss_mb": {"start": processes["broker"].rss_mb[0], "end": processes["broker"].rss_mb[-1]},
        "cpu_us_per_job": {name: round(used) for name, used in per_job.items()},
        "latest_send_ms": outcome.latest_send_ms,
        "sent_again": outcome.sent_again,
        "provider_calls": calls,
        "ledger": states,
    }


async def _look(processes: dict[str, _Process]) -> None:
    """Their memory, every second."""
    while True:
        for process in processes.values():
            process.look()
        await asyncio.sleep(1.0)


@asynccontextmanager
async def _collector() -> AsyncIterator[str]:
    """Takes traces and keeps none; its address."""

    async def take(request: web.Request) -> web.Response:
        await request.read()
        return web.Response()

    app = web.Application()
    app.router.add_post("/v1/traces", take)
    async with serve(app, host="127.0.0.1", port=0) as url:
        yield f"{url}/v1/traces"


@asynccontextmanager
async def _bridge(state: Path, broker: Broker, collector: str) -> AsyncIterator[asyncio.subprocess.Process]:
    user = bridge_user("main")
    settings = CONFIG.format(
        concurrency=CONCURRENCY,
        port=broker.port,
        user=json.dumps(user),
        password=json.dumps(broker.passwords[user]),
        collector=json.dumps(collector),
    )
    path = state / "bridge.toml"
    path.write_text(settings, encoding="utf-8")
    bridge = await _python("tools.bench.bridge_stand_in", str(path))
    try:
        assert bridge.stdout is not None
        if not await bridge.stdout.readline():
            raise NothingToMeasure("The bridge did not start.")
        yield bridge
    finally:
        if bridge.returncode is None:
            bridge.kill()
        await bridge.wait()


async def _stop(bridge: asyncio.subprocess.Process) -> int:
    """Let it end; how often it called its provider."""
    assert bridge.stdout is not None
    bridge.terminate()
    calls = json.loads(await bridge.stdout.readline())["calls"]
    await bridge.wait()
    return calls


async def _load(load: Load) -> Outcome:
    process = await _python("tools.bench.bridge_load")
    out, _ = await process.communicate(load.model_dump_json().encode())
    return Outcome.model_validate_json(out)


async def _python(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        preexec_fn=end_with_this_process(),
    )
