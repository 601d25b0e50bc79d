"""All that the drill plays with, put together: processes, the wires between them, and where each keeps its state."""

import asyncio
import contextlib
import json
import random
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloud_bridge.broker import Broker, bridge_user
from device import config as device_config
from tools.bench import drill_device, drill_provider
from tools.bench.drill_count import reading
from tools.bench.drill_house import BrokerProgram, Program, Victim
from tools.bench.drill_wire import Wire, wire

DEVICES = ("lamp", "clock", "radio")
PROVIDERS = ("first", "second")
"""The second takes over when the first is down."""
EVERY_S = 1.0
"""Each device asks for a picture so often, on average."""
SETTLES_WITHIN_S = 300.0
REPEAT_S = 5
"""The bridge repeats what is not acknowledged so often: in a drill nobody wants to wait minutes for that."""
LOOK_S = 0.05


@dataclass
class Street:
    """Made by `street`. `open` first; `close` before anything is counted."""

    directory: Path
    broker: Broker
    victims: dict[str, Victim]
    """By name: `broker`, `bridge`, and those of `PROVIDERS` and `DEVICES`."""
    wires: dict[str, Wire]
    """To `pictures` and to each of `PROVIDERS`; from the `bridge` and each of `DEVICES` to the broker."""
    seeds: random.Random
    idempotent: bool = False

    @property
    def places(self) -> dict[str, Path]:
        """The devices' directories, by name."""
        return {name: self.directory / name for name in DEVICES}

    @property
    def ledger(self) -> Path:
        """The bridge's."""
        return self.directory / "bridge" / "ledger.sqlite"

    @property
    def bills(self) -> list[Path]:
        """The providers'."""
        return [self.directory / f"bill-{name}.jsonl" for name in PROVIDERS]

    async def open(self, *, idempotent: bool) -> None:
        """Start everything, or the bridge anew with providers of this kind; the devices ask for pictures."""
        first = not self.ledger.exists()
        names = tuple(self.victims) if first else ("bridge", *PROVIDERS)
        for name in names:
            await self.victims[name].kill()
        self.idempotent = idempotent
        self._write_settings()
        for place in self.places.values():
            drill_device.quiet(place).unlink(missing_ok=True)
        await self._start(*(self.victims[name] for name in names))

    async def settle(self) -> None:
        """Let no more pictures be asked for, and return when all that were have ended; or after a long time."""
        for place in self.places.values():
            drill_device.quiet(place).touch()
        until = time.monotonic() + SETTLES_WITHIN_S
        if left := await self._watch(lambda left: not left or time.monotonic() > until):
            print(f"{left} jobs have not settled", file=sys.stderr)

    async def outage(self, *, waiting: int, outage_s: float) -> dict[str, Any]:
        """The bridge goes; jobs come and wait; the bridge comes back: how soon its results do."""
        bridge, devices = self.victims["bridge"], [self.victims[name] for name in DEVICES]
        await bridge.kill()
        share = -(-waiting // len(devices))
        for device, name in zip(devices, DEVICES, strict=True):
            await device.kill()
            self._write_device(name, backlog=share)
        await self._start(*devices)
        began = time.monotonic()
        until, all_ = began + outage_s, share * len(devices)
        left = await self._watch(lambda left: left >= all_ and time.monotonic() > until)
        away_s, started = time.monotonic() - began, time.time()
        await self._start(bridge)
        ready = time.time()
        await self.settle()
        at = self._finals_since(ready)
        return {
            "waiting": left,
            "outage_s": round(away_s, 1),
            "start_s": round(ready - started, 2),
            "first_result_s": round(min(at) - ready, 2) if at else None,
            "all_s": round(max(at) - ready, 2) if at else None,
        }

    async def close(self) -> None:
        """Kill everything."""
        for victim in self.victims.values():
            await victim.kill()

    async def _start(self, *victims: Victim) -> None:
        for victim in victims:
            victim.begin()
        await asyncio.gather(*(victim.works() for victim in victims))

    async def _watch(self, enough: Callable[[int], bool]) -> int:
        """Look at what is left until it is `enough`; what it was then."""
        while not enough(left := self._left()):  # noqa: ASYNC110 - other processes tell nobody
            await asyncio.sleep(LOOK_S)
        return left

    def _left(self) -> int:
        """Jobs whose device has not got their end, or has not said so, or whose bridge has not heard it."""
        left = 0
        for place in self.places.values():
            with reading(place / "device.sqlite") as database:
                left += database.execute("SELECT count(*) FROM outbox").fetchone()[0]
        with reading(self.ledger) as database:
            owed = database.execute("SELECT count(*) FROM jobs WHERE acknowledged_at IS NULL").fetchone()[0]
        return max(left, owed)

    def _finals_since(self, at: float) -> list[float]:
        """When a device put a final picture into its gallery, in Unix seconds."""
        found: list[float] = []
        for place in self.places.values():
            with reading(place / "device.sqlite") as database:
                query = "SELECT created_at FROM versions WHERE stage = 'final' AND created_at > ?"
                found += [when for (when,) in database.execute(query, (at,))]
        return found

    def _write_settings(self) -> None:
        for name, bill in zip(PROVIDERS, self.bills, strict=True):
            port, seed = self.wires[name].target, self.seeds.randrange(2**31)
            settings = drill_provider.Settings(port=port, bill=bill, idempotent=self.idempotent, seed=seed)
            (self.directory / f"{name}.json").write_text(settings.model_dump_json(), encoding="utf-8")
        (self.directory / "bridge.toml").write_text(self._bridge_toml(), encoding="utf-8")
        for name in DEVICES:
            self._write_device(name)

    def _write_device(self, name: str, *, backlog: int = 0) -> None:
        place, wire = self.places[name], self.wires[name]
        place.mkdir(exist_ok=True)
        settings = drill_device.Settings(
            name=name,
            broker=device_config.Broker(
                host="127.0.0.1", port=wire.port, username=name, password=self.broker.passwords[name]
            ),
            seed=self.seeds.randrange(2**31),
            every_s=EVERY_S,
            backlog=backlog,
        )
        (place / "settings.json").write_text(settings.model_dump_json(), encoding="utf-8")

    def _bridge_toml(self) -> str:
        """A JSON string is a TOML string."""
        user = bridge_user("main")
        return f"""state = {json.dumps(str(self.ledger.parent))}
concurrency = 4
repeat_s = {REPEAT_S}

[broker]
port = {self.wires["bridge"].port}
username = {json.dumps(user)}
password = {json.dumps(self.broker.passwords[user])}

[media]
port = {self.wires["pictures"].target}
public_url = "http://127.0.0.1:{self.wires["pictures"].port}"

[status]
port = 0
{"".join(self._provider_toml(name) for name in PROVIDERS)}"""

    def _provider_toml(self, name: str) -> str:
        return f"""
[[providers]]
name = "{name}"
base_url = "http://127.0.0.1:{self.wires[name].port}/v1"
api_key = "none"
model = "drill-1"
partial_images = 1
timeout_s = 20
idempotent = {json.dumps(self.idempotent)}
extensions = {json.dumps(["idempotency"] if self.idempotent else [])}
"""


@asynccontextmanager
async def street(directory: Path, seeds: random.Random) -> AsyncIterator[Street]:
    """Everything but the processes, which `open` starts; none is left at the end."""
    broker = Broker(directory / "broker", devices=DEVICES, port=_free_port())
    targets = {name: _free_port() for name in (*PROVIDERS, "pictures")}
    targets |= dict.fromkeys(("bridge", *DEVICES), broker.port)
    log = directory / "log"
    bridge = ("nightjar", "bridge", "--config", str(directory / "bridge.toml"))
    programs = {
        "broker": BrokerProgram(broker),
        "bridge": Program(bridge, log=log, env={"NIGHTJAR_HOME": str(directory / "home")}),
        **{
            name: Program(("tools.bench.drill_provider", str(directory / f"{name}.json")), log=log)
            for name in PROVIDERS
        },
        **{name: Program(("tools.bench.drill_device", str(directory / name)), log=log) for name in DEVICES},
    }
    victims = {name: Victim(name, program) for name, program in programs.items()}
    async with AsyncExitStack() as stack:
        wires = {name: await stack.enter_async_context(wire(target)) for name, target in targets.items()}
        made = Street(directory, broker, victims, wires, seeds)
        try:
            yield made
        finally:
            await made.close()


def _free_port() -> int:
    """One that the kernel gives to nobody who connects: whoever listens there is away now and then."""
    while True:
        port = random.SystemRandom().randrange(20_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
