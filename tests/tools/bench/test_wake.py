"""nightjar bench wake: its figures on a handful of recordings, and on none."""

import json
from pathlib import Path
from typing import Any

import pytest

from edge_models.models import ModelStore
from tools.bench import wake
from tools.bench.idle import Idle

pytestmark = pytest.mark.models


@pytest.fixture(autouse=True)
def _idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """The device that waits is measured for half a minute: not here."""
    monkeypatch.setattr(wake, "idle", lambda *_: Idle(cpu_fraction=0.03, rss_mb=400))


def manifest(folder: Path, rows: list[dict[str, Any]]) -> Path:
    (folder / "manifest.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return folder


def some(speech: Path, count: int, **labels: str) -> list[dict[str, Any]]:
    rows = [json.loads(line) for line in (speech / "manifest.jsonl").read_text().splitlines()]
    found = [row for row in rows if all(row.get(key) == value for key, value in labels.items())][:count]
    if not found:
        pytest.skip(f"no recordings with {labels}")
    return [{**row, "file": str(speech / row["file"])} for row in found]


async def test_a_few_recordings_have_every_figure(models: ModelStore, speech: Path, tmp_path: Path) -> None:
    rows = some(speech, 3, phrase="alexa") + some(speech, 1, kind="noise") + some(speech, 1, kind="command")
    medley = {**some(speech, 1, phrase="alexa")[0], "kind": "other_words", "source": "somebody/keywords.wav"}
    figures = await wake.measure(models.root, manifest(tmp_path, [*rows, medley]))
    assert figures["recall"]["alexa"]["clean"] == 1
    assert set(figures["recall"]["alexa"]) == {"clean", "snr10", "snr0"}
    assert figures["recall_glued"]["alexa"]["100ms"] is not None
    assert figures["recall_in_rooms"]["alexa"] == {}
    assert figures["false_accepts"]["hits"] == 0
    assert figures["false_accepts"]["medley_hits"] == 1
    assert figures["false_accepts"]["kinds"] == ["command", "noise", "other_words"]
    assert -300 < figures["latency_ms"]["median"] < 1000
    assert (figures["idle_cpu_fraction"], figures["rss_mb"]) == (0.03, 400)


async def test_without_recordings_nothing_is_claimed(models: ModelStore, tmp_path: Path) -> None:
    figures = await wake.measure(models.root, manifest(tmp_path, []))
    assert figures["recall"] == {}
    assert figures["false_accepts"]["per_hour_95"] == [0, None]
    assert figures["latency_ms"] is None
