"""Understands an utterance: the templates of `sentences/<language>/` give the intent and its slots."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from hassil import Intents, recognize_all
from hassil.recognize import RecognizeResult
from hassil.util import merge_dict

from device.context.expected import expected
from device.context.hearing import MAX_CHARS, Hearing
from device.context.open_words import GATES, open_words
from device.context.plan import Plan, Step
from device.context.references import references
from device.context.surroundings import Surroundings
from edge_models.expected import Expected
from edge_models.image.edit import edit_scene
from edge_models.image.parse import parse_prompt

SENTENCES = Path(__file__).with_name("sentences")
NONE = "none"
LEAVES_THE_DEVICE = frozenset({"picture.create", "picture.edit", "picture.variation"})
GUESS_GATES = {"picture.create": "drawable", "picture.edit": "changes"}
OPEN_ENDED = frozenset({NONE, "picture.create", "picture.edit"})
"""Something may always follow: "draw a fox" … "under a full moon"."""
ABOUT_A_PICTURE = frozenset({"picture.edit", "picture.variation", "picture.show_last"})


class ContextEngine:
    """One language's sentences, compiled once (about a quarter of a second)."""

    def __init__(self, language: str = "en") -> None:
        """Raises ValueError for a language that has no sentences."""
        folder = SENTENCES / language
        files = sorted(folder.glob("*.yaml"))
        if not files:
            raise ValueError(f"There are no sentences for the language {language!r}.")
        grammar: dict[str, Any] = {}
        for file in files:
            merge_dict(grammar, yaml.safe_load(file.read_text(encoding="utf-8")))
        self._hearing = Hearing(**grammar.pop("hearing"))
        self._intents = Intents.from_dict(grammar)
        # Templates and vocabulary are read at their first use, 200 ms that the first person would wait for.
        list(recognize_all("show me", self._intents))
        parse_prompt("")

    def expected(self, names: tuple[str, ...] = ()) -> Expected:
        """What to listen for: the commands, and the `names` of the household. Takes a quarter of a second."""
        return expected(self._intents, self._hearing, names)

    def understand(self, text: str, *, surroundings: Surroundings) -> Plan:
        """What `text` asks for; one step whose intent is `none`, with slot `heard`, when it asks for nothing we do.

        Never raises, whatever the text. Reads at most `hearing.MAX_CHARS` characters of it.
        """
        command = self._hearing.command(text)
        step = self._step(command, surroundings) or self._repaired_step(command, text, surroundings)
        if step is None:
            step = Step(NONE, {"heard": command} if command else {})
        where = "device+bridge" if step.intent in LEAVES_THE_DEVICE else "device"
        return Plan(steps=(step,), route=f"grammar/{where}")

    def whole(self, text: str) -> bool:
        """Whether `text` is a command that nothing can follow: known word for word, and not open-ended.

        Asked in the first moments of a pause, when the person may not be done. Never raises, whatever the text.
        """
        command = self._hearing.command(text)
        if not command or text.rstrip().endswith(("...", "…", "-", ",")):
            return False
        best = min(recognize_all(command, self._intents), key=_rank, default=None)
        if best is None or best.intent.name in OPEN_ENDED or (best.intent_metadata or {}).get("open"):
            return False
        return not any(entity.is_wildcard for entity in best.entities_list)

    def _repaired_step(self, command: str, text: str, surroundings: Surroundings) -> Step | None:
        # The command, and the whole of it: what looks like a lead-in may be a verb ("and a tree").
        for heard in (command, text[:MAX_CHARS]):
            for guess in self._hearing.repaired(heard):
                step = self._step(self._hearing.command(guess), surroundings, guessed=True)
                if step is not None:
                    return step
        return None

    def _step(self, command: str, surroundings: Surroundings, *, guessed: bool = False) -> Step | None:
        """What the command means, None when it is nothing; of guessed words, only what can't be a mistake."""
        if not command:
            return None
        for found in sorted(recognize_all(command, self._intents), key=_rank):
            if found.intent.name == NONE:
                return None
            step = _believed(command, found, surroundings, guessed=guessed)
            if step is not None:
                return step
        return None


def _rank(found: RecognizeResult) -> tuple[bool, bool, int, int, int, str]:
    """First what is known word for word, of that what is none of ours, then what leaves least to its wildcards.

    Whatever is `sure` of itself by the words around its wildcards need not fear what is none of ours.
    """
    wild = [entity.text for entity in found.entities_list if entity.is_wildcard]
    return (
        bool(wild),
        found.intent.name != NONE and not (found.intent_metadata or {}).get("sure"),
        len(wild),
        -found.text_chunks_matched,
        sum(map(len, wild)),
        found.intent.name,
    )


def _believed(command: str, found: RecognizeResult, surroundings: Surroundings, *, guessed: bool) -> Step | None:
    intent, slots, metadata = found.intent.name, _slots(command, found), found.intent_metadata or {}
    gate = metadata.get("gate")
    if slots is not None and gate in GATES:
        slots = open_words(gate, slots, surroundings.now)
    if slots is None or metadata.get("asked", surroundings.asked) != surroundings.asked:
        return None
    if guessed:
        gate = GUESS_GATES.get(intent, gate)
    if gate in ("drawable", "nameable") and not _drawable(slots, may_be_new=gate == "nameable"):
        return None
    if intent == "picture.edit":
        slots = {"change": metadata["change"].format(**slots) if "change" in metadata else command}
    if gate == "changes" and not _changes(str(slots["change"]), surroundings):
        return None
    if gate == "timer" and str(slots["name"]).lower() not in surroundings.timers:
        return None
    if "unless" in metadata and re.match(metadata["unless"], _wild(slots), re.IGNORECASE):
        return None
    about = references(command, slots, surroundings) if intent in ABOUT_A_PICTURE else {}
    return Step(intent, slots, about)


def _slots(command: str, found: RecognizeResult) -> dict[str, str | int] | None:
    """The slots as they were said (hassil drops commas from its values), or None when one is empty."""
    slots: dict[str, str | int] = {}
    for entity in found.entities_list:
        if not entity.is_wildcard:
            slots[entity.name] = int(entity.value) if isinstance(entity.value, float) else entity.value
            continue
        start, end = entity.text_span or (0, 0)
        said = command[start:end]
        if re.findall(r"\w+", said) != re.findall(r"\w+", entity.text):
            said = entity.text  # behind a number in words hassil counts the characters wrong
        said = said.strip(" ,.;:!?…-")
        if not said:
            return None
        slots[entity.name] = said
    return slots


def _wild(slots: Mapping[str, str | int]) -> str:
    """The words that no template knows."""
    return str(slots.get("prompt") or slots.get("name", ""))


def _drawable(slots: Mapping[str, str | int], *, may_be_new: bool) -> bool:
    """Whether every word of the prompt, or of what an edit names, can be drawn; but for one thing if it may be new."""
    scene = parse_prompt(str(slots.get("prompt") or slots.get("change", "")))
    new = sum(not subject.known for subject in scene.subjects)
    known = not scene.unknown and new <= may_be_new
    return known and bool(scene.subjects or scene.place or scene.weather or scene.time)


def _changes(change: str, surroundings: Surroundings) -> bool:
    """Whether the latest picture changes by it, and by every word of it."""
    before = surroundings.latest.scene if surroundings.latest else None
    if before is None:
        return False
    edited = edit_scene(before, change)
    new = [subject for subject in edited.scene.subjects if subject not in before.subjects]
    return edited.changed and not edited.scene.unknown and all(subject.known for subject in new)
