"""How well the device understands: what is wanted, of which picture, and when nothing is.

The sentences are in `tests/eval/` (its README says who wrote them, and which of them the grammar's author has seen).
They are understood one by one, without a language model, by the engine that the device has, with two pictures, two
timers and nothing else around.

- **Intent**: share of sentences whose steps have the intents expected, all of them and in their order.
- **Slots**: share of the expected slots that have the value expected, in steps whose intent is right; without regard
  to case, punctuation and articles; a duration's as their sum.
- **References**: dialogues are played turn by turn. Pictures are made as the device would make them, from words and
  edits, and the share of turns that are about a picture and find the right one is counted.
- **False actions**: share of sentences that are not for the device and would make it do something.
"""

import json
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from device.context import ContextEngine, PictureSeen, Step, Surroundings
from device.context.surroundings import Question
from edge_models.image.edit import edit_scene
from edge_models.image.parse import parse_prompt
from tools.bench import result, spread

EVAL = Path(__file__).parent.parent.parent / "tests" / "eval"
SEEN_DIALOGUES = 30
"""So many of the dialogues, the first ones, the grammar's author has looked at."""
_DURATION = {"days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1, "extra": 1}
_ARTICLES = frozenset({"a", "an", "the", "my", "our", "some"})


async def measure(_models_root: Path, _speech: Path | None) -> dict[str, Any]:
    """Understand everything once."""
    engine = ContextEngine()
    seen, unseen = sentences("en_author_dev"), sentences("en_unseen")
    not_for_it = [row["text"] for row in rows("not_for_it")]
    dialogues = rows("dialogues")
    took_ms: list[float] = []
    heard = {
        name: [_understood(engine, row["text"], took_ms) for row in part]
        for name, part in (("seen", seen), ("unseen", unseen))
    }
    right = [is_right(row, steps) for row, steps in zip(seen, heard["seen"], strict=True)]
    right_unseen = [is_right(row, steps) for row, steps in zip(unseen, heard["unseen"], strict=True)]
    slots = [
        kept
        for part, name in ((seen, "seen"), (unseen, "unseen"))
        for row, steps in zip(part, heard[name], strict=True)
        for kept in slots_kept(row, steps)
    ]
    found = {"seen": [], "unseen": []}
    for number, dialogue in enumerate(dialogues):
        found["seen" if number < SEEN_DIALOGUES else "unseen"] += [turn.right for turn in played(engine, dialogue)]
    acted = [any(step.intent != "none" for step in _understood(engine, text, [])) for text in not_for_it]
    return result(
        "context",
        len(seen) + len(unseen),
        en={
            "intent_accuracy": {"seen": _share(right), "unseen": _share(right_unseen)},
            "slot_accuracy": _share(slots),
            "reference_accuracy": _share(found["seen"] + found["unseen"]),
            "reference_accuracy_unseen": _share(found["unseen"]),
            "false_action_rate": _share(acted),
            "median_ms": spread(took_ms)["median"],
            "p95_ms": spread(took_ms)["p95"],
        },
        sentences={"seen": len(seen), "unseen": len(unseen), "not_for_it": len(not_for_it)},
        dialogues={"n": len(dialogues), "turns_about_pictures": len(found["seen"]) + len(found["unseen"])},
    )


def rows(name: str) -> list[dict[str, Any]]:
    """One of the files of `tests/eval/`."""
    with (EVAL / f"{name}.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def sentences(name: str) -> list[dict[str, Any]]:
    """Sentences that ask for something."""
    return [row for row in rows(name) if any(step["intent"] != "none" for step in row["steps"])]


def around() -> Surroundings:
    """What is the case while single sentences are understood."""
    return Surroundings(
        now=datetime.now().astimezone(),
        online=True,
        pictures=(_picture("p2", "a castle on a hill", 60.0), _picture("p1", "a red fox in the forest", 0.0)),
        timers=("pasta", "bread"),
    )


def is_right(row: Mapping[str, Any], steps: Sequence[Step]) -> bool:
    """Whether the steps have the intents expected, in their order."""
    return [step.intent for step in steps] == [step["intent"] for step in row["steps"]]


def slots_kept(row: Mapping[str, Any], steps: Sequence[Step]) -> Iterator[bool]:
    """For each expected slot of a sentence whose intents are right, whether it has its value."""
    if not is_right(row, steps):
        return
    for wanted, step in zip(row["steps"], steps, strict=True):
        expected, got = _comparable(wanted["slots"]), _comparable(step.slots)
        yield from (got.get(name) == value for name, value in expected.items())


def _comparable(slots: Mapping[str, Any]) -> dict[str, Any]:
    plain = {name: _words(value) for name, value in slots.items() if name not in _DURATION}
    seconds = sum(int(slots.get(name, 0)) * unit for name, unit in _DURATION.items())
    return plain | ({"seconds": seconds} if seconds else {})


def _words(value: str | int) -> str:
    return " ".join(word for word in re.findall(r"[\w']+", str(value).lower()) if word not in _ARTICLES)


def _understood(engine: ContextEngine, text: str, took_ms: list[float]) -> Sequence[Step]:
    surroundings = around()
    began = time.perf_counter()
    steps = engine.understand(text, surroundings=surroundings).steps
    took_ms.append((time.perf_counter() - began) * 1000)
    return steps


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a dialogue that is about a picture."""

    text: str
    wanted: frozenset[str]
    found: frozenset[str]

    @property
    def right(self) -> bool:
        """Whether these are the pictures that were meant."""
        return self.wanted == self.found


@dataclass(slots=True)
class _World:
    """The pictures of a dialogue, as the device would have them."""

    pictures: list[PictureSeen] = field(default_factory=list)
    current: str | None = None
    question: Question | None = None
    now: datetime = field(default_factory=lambda: datetime.now().astimezone())

    def around(self) -> Surroundings:
        first = [picture for picture in self.pictures if picture.id == self.current]
        others = [picture for picture in reversed(self.pictures) if picture.id != self.current]
        return Surroundings(now=self.now, online=True, pictures=(*first, *others), question=self.question)

    def goes_on(self, turn: Mapping[str, Any], steps: Sequence[Step]) -> None:
        self.now += timedelta(minutes=1)
        made = turn.get("makes")
        for number, name in enumerate([made] if isinstance(made, str) else made or []):
            self.pictures.append(self._made(name, turn, steps[min(number, len(steps) - 1)]))
            self.current = name
        about = turn["refers"] if isinstance(turn["refers"], str) else ""
        if not made and about.startswith("p") and turn["intent"] != "picture.delete":
            self.current = about  # What was shown, sent or spoken about is "it" from now on.
        self.current = turn.get("current", self.current)

    def _made(self, name: str, turn: Mapping[str, Any], step: Step) -> PictureSeen:
        wanted = turn["refers"][0] if isinstance(turn["refers"], list) else turn["refers"]
        source = next((picture for picture in self.pictures if picture.id == wanted), None)
        if source is None:
            prompt = str(step.slots.get("prompt", turn["text"]))
            return replace(_picture(name, prompt, self.now.timestamp()), turn=turn["text"])
        change = str(step.slots.get("change", turn["text"]))
        scene = edit_scene(source.scene, change).scene if source.scene else None
        return PictureSeen(name, source.prompt, scene, self.now.timestamp(), turn["text"], source.id)


def played(engine: ContextEngine, dialogue: Mapping[str, Any]) -> Iterator[Turn]:
    """Play a dialogue; what was wrong in one turn is put right for the next."""
    world = _World()
    for turn in dialogue["turns"]:
        surroundings = world.around()
        steps = engine.understand(turn["text"], surroundings=surroundings).steps
        asked = next((step for step in steps if step.asks), None)
        world.question = None
        if asked and asked.asks:
            there = {picture.id: picture for picture in surroundings.pictures}
            world.question = Question(asked.asks, tuple(there[picture] for picture in asked.references.values()))
        wanted = turn["refers"] if isinstance(turn["refers"], list) else [turn["refers"]]
        if any(str(name).startswith("p") for name in wanted):
            about = asked.references if asked and turn.get("asks") else {} if asked else _about(steps)
            yield Turn(turn["text"], frozenset(wanted), frozenset(about.values()))
        world.goes_on(turn, steps)


def _about(steps: Sequence[Step]) -> dict[str, str]:
    return {words: picture for step in steps for words, picture in step.references.items() if picture[:1] != "@"}


def _picture(name: str, prompt: str, made_at: float) -> PictureSeen:
    return PictureSeen(name, prompt, parse_prompt(prompt), made_at)


def _share(marks: Sequence[bool]) -> float | None:
    return round(sum(marks) / len(marks), 4) if marks else None
