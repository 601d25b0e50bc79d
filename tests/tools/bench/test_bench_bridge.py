"""The bridge's benchmark, small: a real broker, a real bridge with a stand-in provider, real devices."""

import json
from pathlib import Path
from uuid import UUID

import pytest

from cloud_bridge.protocol import Accepted, ArtifactRef, Failed, Final, encode, parse_ack, parse_job
from tools.bench.bridge import _is_held, measure
from tools.bench.bridge_load import _Jobs

ARTIFACT = ArtifactRef(
    sha256="a" * 64, size_bytes=1, media_type="image/png", width=64, height=64, url="http://a/1", expires_at=1
)


async def test_every_job_is_counted_by_devices_provider_and_ledger() -> None:
    figures = await measure(Path(), None, rate=60, seconds=4)
    assert json.loads(json.dumps(figures))["bench"] == "bridge"
    assert (figures["n"], figures["offered_per_s"], figures["sent_again"]) == (240, 60, 3)
    assert (figures["lost"], figures["duplicated"], figures["failed"]) == (0, 0, {})
    assert (figures["provider_calls"], sum(figures["ledger"].values())) == (240, 240)
    assert 50 <= figures["p50_ms"] <= figures["p99_ms"] <= figures["slowest_ms"]
    assert min(figures["cpu_s"], figures["rss_mb"], *figures["cpu_us_per_job"].values()) > 0


async def test_a_job_that_ends_in_two_ways_is_a_double_and_one_that_is_told_twice_is_not() -> None:
    jobs = _Jobs(3)
    ids = [UUID(jobs.id(number)) for number in range(3)]
    assert parse_job(jobs.body(2)).job == ids[2]
    assert jobs.heard(encode(Accepted(job=ids[0], position=0, wait_s=0)), 1.0) is None
    finals = [Final(job=job, engine="x", provider="y", artifact=ARTIFACT) for job in ids]
    fresh = ARTIFACT.model_copy(update={"url": "http://a/2", "expires_at": 2})
    thanks = jobs.heard(encode(finals[0]), 2.0)
    assert thanks is not None
    assert parse_ack(thanks).job == ids[0]
    jobs.heard(encode(finals[0].model_copy(update={"artifact": fresh})), 3.0)
    jobs.heard(encode(finals[1]), 2.0)
    jobs.heard(encode(Failed(job=ids[1], code="expired", text="Too late.")), 3.0)
    assert (jobs.ended, jobs.ended_twice, jobs.ends.count(None), sum(jobs.accepted)) == (2, {1}, 1, 1)
    assert list(jobs.took_s) == [2.0, 2.0, -1.0]


@pytest.mark.parametrize(
    ("change", "held"),
    [
        ({}, True),
        ({"held_per_s": 98.0}, False),
        ({"p99_ms": 1001.0}, False),
        ({"lost": 1}, False),
        ({"duplicated": 1}, False),
        ({"failed": {"too_busy": 1}}, False),
    ],
)
def test_a_rate_is_held_when_all_that_was_offered_ended_soon(change: dict[str, object], held: bool) -> None:
    good = {"offered_per_s": 100.0, "held_per_s": 99.5, "p99_ms": 300.0, "lost": 0, "duplicated": 0, "failed": {}}
    assert _is_held(good | change) is held
