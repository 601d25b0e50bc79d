"""How well the device understands: what is wanted, of which picture, and when nothing is.

The sentences are in `tests/eval/` (its README says who wrote them, and which of them the grammar's author has seen).
They are understood one by one, without a language model, as the device does it: by the grammar, and by examples where
that finds nothing; with two pictures, two timers and nothing else around. What only a skill can know (a fact that was
told) is not asked for.

- **Intent**: share of sentences whose steps have the intents expected, all of them and in their order.
- **Slots**: share of the expected slots that have the value expected, in steps whose intent is right; without regard
  to case, punctuation and articles; a duration's as their sum.
- **References**: dialogues are played turn by turn. Pictures are made as the device would make them, from words and
  edits, and the share of turns that are about a picture and find the right one is counted; but for what is undone or
  brought back, which the gallery knows and not the words.
- **False actions**: share of sentences that are not for the device and would make it do something.
"""

import json
import re
import time
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from device.context import ContextEngine, PictureSeen, Step, Surroundings
from device.context.by_example import embedding, understood_by_example
from device.context.engine import NONE
from device.context.examples import Examples, learnt, learnt_examples, read_book
from device.context.grammar import ABOUT_NO_PICTURE
from device.context.surroundings import Question
from edge_models.arabic import Reader, bare, is_arabic
from edge_models.image.edit import edit_scene
from edge_models.image.parse import parse_prompt
from edge_models.models import ModelStore
from edge_models.sentence_embedding import MODEL, SentenceEncoder
from tools.bench import result, spread

EVAL = Path(__file__).parent.parent.parent / "tests" / "eval"
SEEN_DIALOGUES = {"en": 60, "ar": 16}
"""So many of the dialogues, the first ones, the grammar's author has looked at."""
SEEN_EVERY = 3
"""The first and every third sentence after it of those by another author has been looked at too, once."""
_READER = Reader(())
SEEN_TALK = {"en": {"not_for_it": 100, "en2_not_for_it": 50}, "ar": {"ar_not_for_it": 0}}
"""So many of the sentences that are not for the device, the first ones, are among the examples of none."""
_DURATION = {"days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1, "extra": 1}
_ARTICLES = frozenset({"a", "an", "the", "my", "our", "some"})
_TIMES_OWN = frozenset(["ساعه", "في", "علي", "ع", "عند"])
"""Words of an Arabic time that may be there or not."""
PICTURES = {"en": ("a red fox in the forest", "a castle on a hill"), "ar": ("ثعلب أحمر في الغابة", "قلعة على تلة")}
TIMERS = {"en": ("pasta", "bread"), "ar": ("المكرونة", "الخبز")}


class Understanding:
    """The grammar, and the examples where their model is installed."""

    def __init__(self, models: ModelStore, intents: Collection[str], language: str = "en") -> None:
        """`intents`: those that a device carries out."""
        self._engine = ContextEngine(language)
        self._examples: Examples | None = None
        self.took_ms: dict[str, list[float]] = {"grammar": [], "example": []}
        book = read_book(language)
        if book is not None and (language == "ar" or models.installed(MODEL)):
            alike = embedding(book, lambda: SentenceEncoder(models.path(MODEL)))
            rows = learnt(book, alike, path=learnt_examples(language))
            self._examples = Examples(book, alike.embed, rows, carried_out=intents, lists=self._engine.lists)

    def steps(self, text: str, surroundings: Surroundings) -> Sequence[Step]:
        """What the device would do; notes how long each way took."""
        began = time.perf_counter()
        steps = self._engine.understand(text, surroundings=surroundings).steps
        by_grammar = time.perf_counter()
        self.took_ms["grammar"].append((by_grammar - began) * 1000)
        if steps[0].intent != NONE or self._examples is None:
            return steps
        found = understood_by_example(self._engine, self._examples, text, surroundings)
        self.took_ms["example"].append((time.perf_counter() - by_grammar) * 1000)
        return found or steps


async def measure(models_root: Path, _speech: Path | None) -> dict[str, Any]:
    """Understand everything once."""
    models = ModelStore(models_root)
    parts = sentences_by_part()
    arabic = {"seen": sentences("ar_author_dev"), "unseen": sentences("ar_unseen")}
    arabic_dialogues = rows("ar_dialogues")
    said = {
        "seen": arabic_dialogues[: SEEN_DIALOGUES["ar"]],
        "unseen": arabic_dialogues[SEEN_DIALOGUES["ar"] :],
    }
    dialogues = dialogues_by_part()
    return result(
        "context",
        sum(map(len, parts.values())),
        en=_measured("en", models, parts, dialogues),
        ar=_measured("ar", models, arabic, said),
        sentences={name: len(part) for name, part in parts.items()},
        dialogues={"n": sum(map(len, dialogues.values()))},
    )


def _measured(
    language: str,
    models: ModelStore,
    parts: Mapping[str, list[dict[str, Any]]],
    dialogues: Mapping[str, list[dict[str, Any]]],
) -> dict[str, Any]:
    """All figures of one language; the names of the parts end with "seen" and "unseen"."""
    carried_out = {step["intent"] for part in parts.values() for row in part for step in row["steps"]}
    device = Understanding(models, carried_out, language)
    right: dict[str, list[bool]] = {}
    slots: list[bool] = []
    routes: Counter[str] = Counter()
    for name, part in parts.items():
        heard = [(row, device.steps(row["text"], around(language))) for row in part]
        right[name] = [is_right(row, steps) for row, steps in heard]
        slots += [kept for row, steps in heard for kept in slots_kept(row, steps)]
        routes.update(steps[0].route.partition("/")[0] for row, steps in heard if is_right(row, steps))
    took = {way: spread(took_ms) for way, took_ms in device.took_ms.items() if took_ms}
    found = {
        name: [turn.right for dialogue in part for turn in played(device, dialogue)] for name, part in dialogues.items()
    }
    acted = {
        name: [any(step.intent != NONE for step in device.steps(row["text"], around(language))) for row in rows(name)]
        for name in SEEN_TALK[language]
    }
    return {
        "intent_accuracy": {part: _share(_of(right, part)) for part in ("seen", "unseen")},
        "intent_accuracy_by_set": {name: _share(marks) for name, marks in right.items()},
        "slot_accuracy": _share(slots),
        "reference_accuracy": _share([mark for marks in found.values() for mark in marks]),
        "reference_accuracy_unseen": _share(_of(found, "unseen")),
        "reference_accuracy_by_set": {name: _share(marks) for name, marks in found.items()},
        "false_action_rate": _share([mark for marks in acted.values() for mark in marks]),
        "false_actions": {
            name: {"seen": sum(marks[:seen]), "unseen": sum(marks[seen:]), "of": len(marks)}
            for (name, marks), seen in zip(acted.items(), SEEN_TALK[language].values(), strict=True)
        },
        "median_ms": took["grammar"]["median"],
        "ms": took,
        "understood_by": dict(routes),
        "turns_about_pictures": sum(map(len, found.values())),
    }


def _of(marks: Mapping[str, list[bool]], part: str) -> list[bool]:
    return [mark for name, some in marks.items() if name.split()[-1] == part for mark in some]


def rows(name: str) -> list[dict[str, Any]]:
    """One of the files of `tests/eval/`."""
    with (EVAL / f"{name}.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def sentences(name: str) -> list[dict[str, Any]]:
    """Sentences that ask for something."""
    return [row for row in rows(name) if any(step["intent"] != "none" for step in row["steps"])]


def sentences_by_part() -> dict[str, list[dict[str, Any]]]:
    """The sentences of two authors that the grammar's author has seen, and the others."""
    others = sentences("en_unseen")
    seen = others[::SEEN_EVERY]
    return {
        "first seen": sentences("en_author_dev") + seen,
        "second seen": sentences("en2_dev"),
        "first unseen": [row for row in others if row not in seen],
        "second unseen": sentences("en2_unseen"),
    }


def dialogues_by_part() -> dict[str, list[dict[str, Any]]]:
    """The dialogues of the same authors."""
    first = rows("dialogues")
    return {
        "first seen": first[: SEEN_DIALOGUES["en"]],
        "second seen": rows("en2_dialogues_dev"),
        "first unseen": first[SEEN_DIALOGUES["en"] :],
        "second unseen": rows("en2_dialogues_unseen"),
    }


def around(language: str = "en") -> Surroundings:
    """What is the case while single sentences are understood."""
    first, second = PICTURES[language]
    return Surroundings(
        now=datetime.now().astimezone(),
        online=True,
        pictures=(_picture("p2", second, 60.0), _picture("p1", first, 0.0)),
        timers=TIMERS[language],
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
    plain = {
        name: _words(value, time=name in ("when", "until")) for name, value in slots.items() if name not in _DURATION
    }
    seconds = sum(int(slots.get(name, 0)) * unit for name, unit in _DURATION.items())
    return plain | ({"seconds": seconds} if seconds else {})


def _words(value: str | int, *, time: bool = False) -> str:
    if not is_arabic(str(value)):
        return " ".join(word for word in re.findall(r"[\w']+", str(value).lower()) if word not in _ARTICLES)
    words = [bare(word) for word in re.findall(r"[\w']+", _READER.read(str(value)).text)]
    return " ".join(word for word in words if not (time and word in _TIMES_OWN))


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
    previous: Step | None = None
    now: datetime = field(default_factory=lambda: datetime.now().astimezone())

    def around(self) -> Surroundings:
        first = [picture for picture in self.pictures if picture.id == self.current]
        others = [picture for picture in reversed(self.pictures) if picture.id != self.current]
        return Surroundings(
            now=self.now, online=True, pictures=(*first, *others), question=self.question, previous=self.previous
        )

    def goes_on(self, turn: Mapping[str, Any], steps: Sequence[Step]) -> None:
        self.now += timedelta(minutes=1)
        done = [step for step in steps if step.references and step.asks is None]
        self.previous = done[-1] if done else self.previous
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


def played(device: Understanding, dialogue: Mapping[str, Any]) -> Iterator[Turn]:
    """Play a dialogue; what was wrong in one turn is put right for the next."""
    world = _World()
    for turn in dialogue["turns"]:
        surroundings = world.around()
        steps = device.steps(turn["text"], surroundings)
        asked = next((step for step in steps if step.asks), None)
        world.question = None
        if asked and asked.asks:
            there = {picture.id: picture for picture in surroundings.pictures}
            world.question = Question(asked.asks, tuple(there[picture] for picture in asked.references.values()))
        wanted = turn["refers"] if isinstance(turn["refers"], list) else [turn["refers"]]
        if turn["intent"] not in ABOUT_NO_PICTURE and any(str(name).startswith("p") for name in wanted):
            about = asked.references if asked and turn.get("asks") else {} if asked else _about(steps)
            yield Turn(turn["text"], frozenset(wanted), frozenset(about.values()))
        world.goes_on(turn, steps)


def _about(steps: Sequence[Step]) -> dict[str, str]:
    return {words: picture for step in steps for words, picture in step.references.items() if picture[:1] != "@"}


def _picture(name: str, prompt: str, made_at: float) -> PictureSeen:
    return PictureSeen(name, prompt, parse_prompt(prompt), made_at)


def _share(marks: Sequence[bool]) -> float | None:
    return round(sum(marks) / len(marks), 4) if marks else None
