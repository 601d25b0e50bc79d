"""The drill: everything that can die is killed at random, again and again, and then it is counted who got what.

Real processes on loopback: mosquitto, `nightjar bridge`, two providers that speak OpenAI's wire format and bill durably
(`drill_provider`; the second takes over when the first is down), three devices with the real offload, store and gallery
(`drill_device`), and between them wires that can be cut, stand still or be slow (`drill_wire`). While the devices ask
for pictures, call some off and send some twice, a seeded schedule SIGKILLs one of the processes every second or two,
often with a fault of the network beside it; whatever was killed comes back within a second. The first half of the kills
is played with providers that bill every request, the other half with two that know idempotency keys, each its own.
Then everything is left to settle, and counted (`drill_count`).

- `kills`: by `victims`; `faults` of the network come on top. Each is a process that lived, be it just starting.
- `accepted`: jobs that a device has committed. `ended_once`: of these, those with one end, the same at both ends.
- `outcome_unknown`: the owner was told that nobody knows; of these `outcome_unknown_billed` were billed, once.
- `lost`, `doubled`, `max_billed_per_job`, `history_whole`: what `drill_count` says.
- `after_outage`: the bridge is away for `outage_s` while jobs wait on the devices (500, where the drill is a whole
  one); `first_result_s` from when the bridge says that it is ready until a device has the first picture, `all_s` the
  last one, `start_s` what the bridge took to start.

No figure here is about speed but those of `after_outage`, with providers that take 20 to 250 ms, four jobs at a time.
"""

import asyncio
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from tools.bench import NothingToMeasure, result
from tools.bench.drill_count import Count, count
from tools.bench.drill_street import DEVICES, PROVIDERS, Street, street
from tools.bench.drill_wire import FAULTS

KILLS = 200
PAUSE_S = (0.1, 2.6)
"""Between two kills."""
DOWN_S = (0.0, 1.0)
"""Before what was killed is started again."""
ROUND = ("broker", "bridge", "bridge", *PROVIDERS, *DEVICES)
"""Who is killed in a round, shuffled."""
FAULT_S = (0.1, 3.0)
FAULTY = 0.4
"""Kills with a fault of the network beside them."""
WAITING = 500


class Drill:
    """One run over a street of processes."""

    def __init__(self, street: Street, rng: random.Random) -> None:
        self._street, self._rng = street, rng
        self.kills: Counter[str] = Counter()
        """By victim."""
        self.faults: Counter[str] = Counter()
        self._round: list[str] = []
        self._healing: set[asyncio.Task[None]] = set()

    async def kill(self, kills: int) -> None:
        """So many, while the devices go on asking; then everything works again."""
        for done in range(kills):
            victim = self._street.victims[self._next_name()]
            await asyncio.sleep(self._rng.uniform(*PAUSE_S))
            if self._rng.random() < FAULTY:
                self._disturb()
            while not await victim.kill():  # it was dead already
                victim.begin()
                await asyncio.sleep(self._rng.uniform(*DOWN_S))
            victim.begin(self._rng.uniform(*DOWN_S))
            self.kills[victim.name] += 1
            if (done + 1) % 10 == 0:
                print(f"{done + 1} of {kills} kills", file=sys.stderr)
        await asyncio.gather(*self._healing, *(victim.works() for victim in self._street.victims.values()))

    def _next_name(self) -> str:
        if not self._round:
            self._round = self._rng.sample(ROUND, len(ROUND))
        return self._round.pop()

    def _disturb(self) -> None:
        wire, fault = self._rng.choice(tuple(self._street.wires.values())), self._rng.choice(FAULTS)
        for_s = self._rng.uniform(*FAULT_S)
        self.faults[fault] += 1

        async def for_a_while() -> None:
            wire.break_(fault)
            await asyncio.sleep(for_s)
            wire.break_(None)

        task = asyncio.create_task(for_a_while())
        self._healing.add(task)
        task.add_done_callback(self._healing.discard)


async def measure(
    models_root: Path,
    speech: Path | None,
    *,
    seed: int = 1,
    kills: int = KILLS,
    outage_s: float = 20.0,
) -> dict[str, Any]:
    """Kill, let settle, count. Needs neither models nor recordings."""
    del models_root, speech
    if shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin") is None:
        raise NothingToMeasure("The drill needs mosquitto; `make setup` installs it.")
    began = time.monotonic()
    rng = random.Random(seed)  # noqa: S311 - chance, not secrecy
    with tempfile.TemporaryDirectory(prefix="nightjar-drill-") as directory:
        async with street(Path(directory), rng) as one:
            drill = Drill(one, rng)
            for idempotent, share in ((False, kills // 2), (True, kills - kills // 2)):
                await one.open(idempotent=idempotent)
                await drill.kill(share)
                await one.settle()
            after_outage = await one.outage(waiting=WAITING if kills >= KILLS else kills, outage_s=outage_s)
            await one.close()
        found = count(one.places, one.ledger, one.bills)
        _say(found)
    return result(
        "drill",
        found.accepted,
        seed=seed,
        kills=drill.kills.total(),
        victims=dict(drill.kills),
        faults=dict(drill.faults),
        **found.figures(),
        after_outage=after_outage,
        seconds=round(time.monotonic() - began),
    )


def _say(found: Count) -> None:
    for line in (*found.lost, *found.doubled, *found.damage):
        print(line, file=sys.stderr)
