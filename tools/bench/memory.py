"""What memory finds: facts told to a device, then questions about them, and questions that none of them answers.

`tests/eval/memory.jsonl` has the facts of one household and questions, each with the fact that answers it or none.
Weight and thresholds of `device/recollection.py` were chosen on the part `seen` (40 facts, 80 questions); the part
`unseen` (24 more facts, 76 questions, some of them about the first 40) was written after that, and nothing was changed
for it, but for one question of `seen` that a fact of `unseen` answers: it has got that answer.
Here all facts are told first, to a store on the disk; every question of both parts is then asked once.

- `recall_at_1`: the share of questions with an answer for which the right fact came first, above the threshold.
- `mrr`: the mean over them of 1 / the place of the right fact among those above the threshold; 0 where it isn't.
- `unanswerable_answered`: the share of the questions without an answer that were answered nevertheless.
- `wrong`: the share of the questions with an answer that got another fact first.
- `not_for_it_answered`: the share of the sentences of `tests/eval/not_for_it.jsonl`, said in the room and not to the
  device, that memory would answer.
- `ms_per_query`: from the question to the facts, with the question's embedding; `words_alone`: without the model.
"""

import json
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from device.context import ContextEngine, Surroundings
from device.memory import Memory
from device.phrases import Phrases
from device.skills.memory import MemorySkill
from device.store import Store
from edge_models.models import ModelError, ModelStore
from edge_models.sentence_embedding import SentenceEncoder
from tools.bench import resident_mb, result, spread

EVAL = Path(__file__).parents[2] / "tests" / "eval"
PARTS = ("seen", "unseen")


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of one question."""

    part: str
    answered: bool
    """Memory had an answer at all."""
    place: int | None
    """Where the right fact stood, from 1; None where it was not found."""
    answerable: bool
    ms: float


async def measure(models_root: Path, speech: Path | None) -> dict[str, Any]:
    """Ask every question, with the model and without it. Needs no recordings."""
    del speech
    models = ModelStore(models_root)
    lines = [*_lines("memory"), *_lines("not_for_it")]
    encoder = SentenceEncoder(models.path("all-minilm-l6-v2"))
    remember_ms, asked, answered = await _all(lines, encoder)
    _, by_words, _ = await _all(lines, None)
    return result(
        "memory",
        len(asked),
        facts=sum("fact" in line for line in lines),
        **{part: _figures([one for one in asked if one.part == part]) for part in PARTS},
        words_alone={part: _figures([one for one in by_words if one.part == part]) for part in PARTS},
        not_for_it_answered=answered,
        ms_per_query=spread([one.ms for one in asked]),
        ms_per_query_words_alone=spread([one.ms for one in by_words]),
        ms_per_fact=spread(remember_ms),
        rss_mb=resident_mb(),
    )


def _lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (EVAL / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


async def _all(
    lines: Sequence[dict[str, Any]], encoder: SentenceEncoder | None
) -> tuple[list[float], list[Asked], float]:
    def load() -> SentenceEncoder:
        if encoder is None:
            raise ModelError("It is left out here.")
        return encoder

    remember_ms: list[float] = []
    with tempfile.TemporaryDirectory(prefix="nightjar-bench-") as directory:
        store = Store.open(Path(directory) / "device.sqlite")
        memory = Memory(store, encoder=load)
        for line in lines:
            if "fact" in line:
                began_s = time.perf_counter()
                await memory.remember(line["fact"])
                remember_ms.append((time.perf_counter() - began_s) * 1000)
        asked = [await _ask(memory, line) for line in lines if "question" in line]
        others = await _claimed(memory, [line["text"] for line in lines if "text" in line])
        memory.close()
        await store.close()
    return remember_ms, asked, _share(others)


async def _claimed(memory: Memory, texts: Sequence[str]) -> list[bool]:
    """For each sentence that somebody says in the room, whether memory would answer it."""
    engine, skill = ContextEngine(), MemorySkill(memory, Phrases())
    surroundings = Surroundings(now=datetime.now().astimezone())
    plans = [(text, engine.understand(text, surroundings=surroundings)) for text in texts]
    return [await skill.claim(text, plan) is not None for text, plan in plans]


async def _ask(memory: Memory, line: dict[str, Any]) -> Asked:
    began_s = time.perf_counter()
    found = [one.fact.text for one in await memory.recall(line["question"])]
    ms = (time.perf_counter() - began_s) * 1000
    right = line["answer"]
    place = found.index(right) + 1 if right in found else None
    return Asked(line["part"], bool(found), place, right is not None, ms)


def _figures(asked: Sequence[Asked]) -> dict[str, float]:
    answerable = [one for one in asked if one.answerable]
    others = [one for one in asked if not one.answerable]
    return {
        "questions": len(asked),
        "recall_at_1": _share(one.place == 1 for one in answerable),
        "mrr": round(sum(1 / one.place for one in answerable if one.place) / len(answerable), 3),
        "wrong": _share(one.answered and one.place != 1 for one in answerable),
        "unanswerable_answered": _share(one.answered for one in others),
    }


def _share(those: Iterable[bool]) -> float:
    every = list(those)
    return round(sum(every) / len(every), 3)
