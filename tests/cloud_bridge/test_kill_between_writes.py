"""SIGKILL between every two writes of the ledger: every job ends once, none is billed twice."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import kill_parts
import pytest

ROOT = Path(__file__).parents[2]
LEDGER = {"before BEGIN", "before COMMIT", "after COMMIT"}
BILL = {"before the bill", "after the bill"}
END_OF = {"acknowledged": "final", "failed": "refused", "cancelled": "cancelled", "outcome_unknown": "outcome_unknown"}


async def killed_everywhere(directory: Path, kind: str) -> list[dict[str, Any]]:
    path = os.pathsep.join(map(str, (ROOT, ROOT / "tests", ROOT / "tests" / "cloud_bridge")))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, kill_parts.__file__, str(directory), kind),
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": path},
    )
    output, _ = await process.communicate()
    assert process.returncode == 0
    return [json.loads(line) for line in output.splitlines()]


@pytest.mark.parametrize("kind", ["paid", "idempotent"])
async def test_wherever_the_bridge_is_killed_every_job_ends_once_and_none_is_billed_twice(
    tmp_path: Path, kind: str
) -> None:
    runs = await killed_everywhere(tmp_path, kind)
    *killed, (last) = runs
    assert last["killed"] is None  # there are no more boundaries
    assert {run["killed"] for run in killed} == LEDGER | BILL
    ends: set[str] = set()
    for n, run in enumerate(runs, 1):
        for wish, job in run["jobs"].items():
            what = f"{wish}, killed {run['killed']} at boundary {n}: {job}"
            assert job["ends"] == [END_OF.get(job["state"])], what
            assert job["billed"] <= 1, what
            assert job["billed"] == 1 or job["state"] != "acknowledged", what
            ends.add(job["state"])
        assert run["jobs"]["refused"]["state"] in ("failed", "outcome_unknown")
    # That nobody knows is said where it is so, and never where asking again does no harm.
    assert ends == END_OF.keys() - ({"outcome_unknown"} if kind == "idempotent" else set())
