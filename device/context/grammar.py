"""What one command means by the templates of `sentences/<language>/`: the intent and its slots."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from hassil import Intents, recognize_all
from hassil.recognize import RecognizeResult
from hassil.util import merge_dict

from device.context.by_words import Wordbooks
from device.context.expected import expected
from device.context.gates import GATES, Candidate, unless
from device.context.heard import Heard, Spelling
from device.context.hearing import MAX_CHARS, Hearing
from device.context.open_words import open_words
from device.context.others import OthersSentences, understood_by
from device.context.plan import Step
from device.context.references import Referred, referred
from device.context.sounding import about_what_sounds
from device.context.surroundings import Surroundings
from device.context.together import referred_together
from edge_models.arabic import is_arabic
from edge_models.expected import Expected
from edge_models.image.parse import parse_prompt

SENTENCES = Path(__file__).with_name("sentences")
_WORDS = "_words"
"""The file of a language whose words have many forms."""
NONE = "none"
CHANGES_A_PICTURE = frozenset({"picture.edit"})
ABOUT_NO_PICTURE = frozenset({"picture.create", "picture.undo", "picture.redo", "picture.restore"})
"""All other intents of `picture` are about one, and it matters which."""
_GUESS_GATES = {"picture.create": "drawable", "picture.edit": "changes"}
_TELLING = {
    "names two": 0,
    "names both": 0,
    "names there": 0,
    "names": 1,
    "names or has": 1,
    "is one": 1,
    "somebody": 1,
    "is there": 1,
}
"""How soon a template's turn comes, by its gate; all others come after these."""
_OPEN_ENDED = frozenset({NONE, "picture.create", "picture.edit"})
"""Something may always follow: "draw a fox" … "under a full moon"."""


class Grammar:
    """One language's sentences, compiled once (about a quarter of a second)."""

    def __init__(self, language: str = "en", names: tuple[str, ...] = ()) -> None:
        """`names`: what rooms and things are called here. Raises ValueError for a language without sentences."""
        files = sorted((SENTENCES / language).glob("*.yaml"))
        if not files:
            raise ValueError(f"There are no sentences for the language {language!r}.")
        spelling = Spelling(language)
        texts = {file.stem: spelling.templates(file.read_text(encoding="utf-8")) for file in files}
        words = yaml.safe_load(texts.pop(_WORDS, "{}"))
        spelling.learn("\n".join(texts.values()), verbs=words.get("imperatives", "").split(), alike=words.get("alike"))
        grammar = _merged(spelling.compiled(text) for text in texts.values())
        self._texts = [*texts.values()] if words else []
        """What people say, where the templates have one word for those that mean the same."""
        self.read = spelling.read
        """What is to be given to all others here, of what somebody said."""
        self.hearing = Hearing(**spelling.with_verbs(grammar.pop("hearing")))
        self.clauses: Mapping[str, Any] = spelling.with_verbs(grammar.pop("clauses"))
        """What stands between several commands: for `Clauses`."""
        grammar.setdefault("lists", {})["household"] = {"values": list(names)}
        self.lists: Mapping[str, Mapping[str, str]] = {
            name: _plain(one["values"]) for name, one in grammar["lists"].items() if "values" in one
        }
        """What can be said of each list without alternatives, in small letters, to what it stands for."""
        self._intents = Intents.from_dict(grammar)
        self._wordbooks = Wordbooks(grammar) if words else None
        self.others: list[OthersSentences] = []
        """What others brought along; tried where the device's own sentences are unsure."""
        # Templates and vocabulary are read at their first use, 200 ms that the first person would wait for.
        list(recognize_all("show me", self._intents))
        parse_prompt("")

    def expected(self, names: tuple[str, ...] = ()) -> Expected:
        """What to listen for: the commands, and the `names` of the household. Takes a quarter of a second."""
        said = self._intents
        if self._texts:
            listed = _merged(self._texts)
            own = {name: listed.get(name, {}) for name in ("language", "intents", "expansion_rules")}
            values = {name: {"values": [*one]} for name, one in self.lists.items() if name == "household"}
            said = Intents.from_dict(own | {"lists": listed["lists"] | values})
        return expected(
            said, self._intents, self.hearing, self.read, self._needs_no_other_words, names=names, others=self.others
        )

    @property
    def families(self) -> frozenset[str]:
        """What the device's own intents begin with: `picture`, `timer`, …."""
        return frozenset(name.split(".")[0] for name in self._intents.intents) | {"dialogue", "tool"}

    def step(self, text: str, heard: Heard, surroundings: Surroundings) -> Step | None:
        """What one command means, a part of what was `heard`; None when it is nothing that we do."""
        meant = self._meant(self.hearing.command(text), heard, surroundings)
        return meant or self._repaired(text, heard, surroundings) or self._without_weak(text, heard, surroundings)

    def _without_weak(self, text: str, heard: Heard, surroundings: Surroundings) -> Step | None:
        """What the command means without the weak words in it, if the others are known one by one."""
        command = self.hearing.command(text)
        plain = self.hearing.without_weak(command)
        best = self._best(plain) if plain != command else None
        return self._meant(plain, heard, surroundings) if best is not None and _is_closed(best) else None

    def by_words(self, text: str, surroundings: Surroundings, heard: Heard) -> Step | None:
        """What a whole command means by its words alone, in any order; None where they don't tell.

        Only in a language whose words are listed with their forms (`_words.yaml`).
        """
        plain = self.hearing.without_weak(self.hearing.command(text))
        meant = self._wordbooks.meant(plain) if self._wordbooks else None
        if meant is None or meant[0] == NONE:
            return None
        intent, slots = meant
        about = Referred({}, plain)
        if intent.startswith("picture.") and intent not in ABOUT_NO_PICTURE:
            about = referred(heard.as_said(plain), slots, surroundings, several=intent == "picture.combine", whole=True)
        return Step(intent, dict(slots), about.pictures)

    def whole(self, heard: Heard) -> bool:
        """Whether it is a command that nothing can follow: known word for word, and not open-ended.

        Asked in the first moments of a pause, when the person may not be done. Never raises, whatever the text.
        """
        text = heard.text
        command = self.hearing.command(text)
        if not command or text.rstrip().endswith(("...", "…", "-", ",")):
            return False
        best = self._best(command)
        theirs = understood_by(self.others, heard.as_said(command))
        if theirs and theirs.word_for_word and (best is None or best.intent.name == NONE or _is_guess(best)):
            return theirs.whole
        if best is None or best.intent.name in _OPEN_ENDED or (best.intent_metadata or {}).get("open"):
            return False
        return _is_closed(best)

    def knows(self, text: str, heard: Heard) -> bool:
        """Whether a template has every word of the command, a part of what was `heard`."""
        command = self.hearing.command(text)
        best, theirs = self._best(command), understood_by(self.others, heard.as_said(command))
        return (best is not None and _is_closed(best)) or (theirs is not None and theirs.word_for_word)

    def is_sure(self, text: str) -> bool:
        """Whether a template has every word of the command, or is sure of itself by those that it has."""
        best = self._best(self.hearing.command(text))
        return best is not None and best.intent.name != NONE and (_is_closed(best) or _is_sure(best))

    def _needs_no_other_words(self, text: str) -> bool:
        """Whether it is a command as it stands: known, or with nothing left open but what can be drawn."""
        heard = self.read(text)
        if self.is_sure(heard.text):
            return True
        best = self._best(self.hearing.command(heard.text))
        if best is None or best.intent.name == NONE:
            return False
        wild = [heard.as_said(entity.text) for entity in best.entities_list if entity.is_wildcard]
        return best.intent.name.startswith("picture.") and not any(parse_prompt(words).unknown for words in wild)

    def _best(self, command: str) -> RecognizeResult | None:
        # Not what is an answer only: whether anything was asked is not known here.
        found = (one for one in recognize_all(command, self._intents) if "asked" not in (one.intent_metadata or {}))
        return min(found, key=_rank, default=None) if command else None

    def _repaired(self, text: str, heard: Heard, surroundings: Surroundings) -> Step | None:
        # The command, and the whole of it: what looks like a lead-in may be a verb ("and a tree").
        for written in (self.hearing.command(text), text[:MAX_CHARS]):
            for guess in self.hearing.repaired(written):
                step = self._meant(self.hearing.command(guess), heard, surroundings, guessed=True)
                if step is not None:
                    return step
        return None

    def _meant(self, command: str, heard: Heard, surroundings: Surroundings, *, guessed: bool = False) -> Step | None:
        """What the command means, None when it is nothing; of guessed words, only what can't be a mistake."""
        if not command:
            return None
        theirs = None if guessed else understood_by(self.others, heard.as_said(command))
        for found in sorted(recognize_all(command, self._intents), key=_rank):
            if found.intent.name == NONE:
                break
            if theirs and theirs.word_for_word and _is_guess(found):
                continue
            step = _sounding(command, found, surroundings)
            step = step or _believed(command, found, heard, surroundings, guessed=guessed)
            if step is not None:
                return step
        return theirs.step if theirs else None


def _merged(texts: Iterable[str]) -> dict[str, Any]:
    grammar: dict[str, Any] = {}
    for text in texts:
        merge_dict(grammar, yaml.safe_load(text))
    return grammar


def _plain(values: Sequence[str | Mapping[str, Any]]) -> dict[str, str]:
    each = ((value, value) if isinstance(value, str) else (value["in"], value["out"]) for value in values)
    return {said.lower(): str(meant) for said, meant in each if not set(said) & set("([{|")}


def _is_guess(found: RecognizeResult) -> bool:
    """Whether it is believed only after a check."""
    return not {"gate", "words"}.isdisjoint(found.intent_metadata or {})


def _is_closed(found: RecognizeResult) -> bool:
    return not any(entity.is_wildcard for entity in found.entities_list)


def _is_sure(found: RecognizeResult) -> bool:
    return bool((found.intent_metadata or {}).get("sure"))


def _rank(found: RecognizeResult) -> tuple[bool, bool, int, int, int, int, str]:
    """First what is known word for word, of that what is none of ours, then what leaves least to its wildcards.

    A sentence that names a picture comes before those that can say anything: "show me the fox one". Whatever is `sure`
    of itself by the words around its wildcards need not fear what is none of ours.
    """
    wild = [entity.text for entity in found.entities_list if entity.is_wildcard]
    return (
        bool(wild),
        found.intent.name != NONE and not _is_sure(found),
        _TELLING.get(str((found.intent_metadata or {}).get("gate", "")).removesuffix(" and changes"), 2),
        len(wild),
        -found.text_chunks_matched,
        sum(map(len, wild)),
        found.intent.name,
    )


def _sounding(read: str, found: RecognizeResult, surroundings: Surroundings) -> Step | None:
    """What words that may be about anything that sounds are about; None: they aren't, or nothing sounds."""
    if not (found.intent_metadata or {}).get("sounds"):
        return None
    return about_what_sounds(Step(found.intent.name, _slots(read, found) or {}), surroundings)


def _believed(
    read: str, found: RecognizeResult, heard: Heard, surroundings: Surroundings, *, guessed: bool
) -> Step | None:
    intent, slots, metadata = found.intent.name, _slots(read, found), found.intent_metadata or {}
    if slots is None or ("unless" in metadata and unless(metadata["unless"], slots)):
        return None
    command = heard.as_said(read)
    slots = {name: heard.as_said(value) if isinstance(value, str) else value for name, value in slots.items()}
    if "words" in metadata:
        slots = open_words(metadata["words"], slots, surroundings.now)
    if slots is None or metadata.get("asked", surroundings.asked) != surroundings.asked:
        return None
    about = Referred({}, command)
    if intent == "picture.combine" and "first" in slots:
        about = referred_together(command, slots, surroundings)
        if not about.pictures and "gate" not in metadata:
            about = referred(command, slots, surroundings, several=True)
    elif intent.startswith("picture.") and intent not in ABOUT_NO_PICTURE:
        several, whole = intent == "picture.combine", intent not in CHANGES_A_PICTURE
        about = referred(command, slots, surroundings, several=several, whole=whole)
    change = str(metadata["change"]).format(**slots) if "change" in metadata else about.command
    gates = {metadata.get("gate"), _GUESS_GATES.get(intent) if guessed else None} - {None}
    candidate = Candidate(slots, change, about, surroundings)
    if not all(GATES[gate](candidate) for gate in gates):
        return None
    if intent == "picture.send" and "screen" in slots:
        # "Mum's phone", but "the phone of Mum".
        place = ("screen", "to") if is_arabic(command) else ("to", "screen")
        slots = {"to": " ".join(str(slots[name]) for name in place if name in slots)}
    step = Step(intent, {"change": change} if intent == "picture.edit" else slots, about.pictures)
    if metadata.get("confirm"):
        return Step(intent, slots, asks=Step(intent, {**slots, "sure": 1}))
    if not about.among:
        return step
    return Step("dialogue.which", {}, {picture.prompt: picture.id for picture in about.among}, asks=step)


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
