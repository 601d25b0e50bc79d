"""Sentences that others bring along: installed skills, and tools that the owner named. Each in a grammar of its own.

Lists and rules of one never meet those of another, nor the device's own, and what the device's own sentences mean comes
first: `device/context/engine.py` asks here only where those are unsure.
"""

import logging
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import yaml
from hassil import Intents, recognize_all
from hassil.expression import Expression, Group, ListReference, RuleReference
from hassil.intents import IntentData
from hassil.recognize import RecognizeResult

from device.context.plan import Step

log = logging.getLogger(__name__)

MAX_BYTES = 200_000
MAX_TEMPLATES = 2_000
_INTENT = re.compile(r"[a-z][\w-]*(\.[\w/-]+)+", re.ASCII)


class SentencesError(ValueError):
    """The sentences can't be used; the text is one plain sentence."""


class Meant(NamedTuple):
    """What a command means in somebody's sentences."""

    step: Step
    word_for_word: bool
    """Nothing of it is taken by a wildcard."""
    whole: bool
    """Nothing can follow: word for word, and its sentences don't say `metadata: {open: true}`."""


class OthersSentences:
    """The sentences of one skill or one server."""

    def __init__(self, family: str, grammar: Mapping[str, Any], *, intents: frozenset[str] | None = None) -> None:
        """Compile hassil's templates, whose intents all begin with `family` and are among `intents`.

        Raises SentencesError.
        """
        self.family = family
        try:
            self.intents = Intents.from_dict({"language": "en", **grammar})
            for name, intent in self.intents.intents.items():
                if not _INTENT.fullmatch(name) or not name.startswith(f"{family}."):
                    raise SentencesError(f'An intent is called {name!r}: it must begin with "{family}.".')
                if intents is not None and name not in intents:
                    raise SentencesError(f"There are sentences for {name}, which the skill doesn't carry out.")
                if sum(len(data.sentence_texts) for data in intent.data) > MAX_TEMPLATES:
                    raise SentencesError(f"There are more than {MAX_TEMPLATES} sentences for {name}.")
            # Templates are read at their first use: what is wrong with them is to be found now.
            for intent in self.intents.intents.values():
                for data in intent.data:
                    for sentence in data.sentences:
                        _check(sentence.expression, self.intents, data)
        except SentencesError:
            raise
        except Exception as error:  # noqa: BLE001 - hassil raises many kinds, all for templates that can't be read
            raise SentencesError(f"Its sentences can't be read ({type(error).__name__}: {error}).") from None

    def understand(self, command: str) -> Meant | None:
        """What `command` means here; None when it means nothing. Never raises."""
        try:
            found = min(recognize_all(command, self.intents), key=_rank, default=None)
        except Exception:  # whatever others' templates do to hassil, the device understands its own
            log.exception("the sentences of %s could not be tried", self.family)
            return None
        if found is None:
            return None
        closed = not any(entity.is_wildcard for entity in found.entities_list)
        whole = closed and not (found.intent_metadata or {}).get("open")
        return Meant(Step(found.intent.name, _slots(found)), closed, whole)


def read_sentences(text: str, family: str, *, intents: frozenset[str]) -> OthersSentences:
    """Compile templates written in YAML, as `device/context/sentences` has them. Raises SentencesError."""
    if len(text.encode()) > MAX_BYTES:
        raise SentencesError(f"Its sentences are longer than {MAX_BYTES // 1000} kB.")
    try:
        grammar = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise SentencesError(f"Its sentences are no YAML ({' '.join(str(error).split())}).") from None
    if not isinstance(grammar, dict) or not isinstance(grammar.get("intents"), dict):
        raise SentencesError("Its sentences name no intents.")
    return OthersSentences(family, grammar, intents=intents)


def understood_by(others: Iterable[OthersSentences], command: str) -> Meant | None:
    """What the first of `others` understands that knows the command word for word, or else that understands it."""
    found = [meant for each in others if (meant := each.understand(command))]
    return min(found, key=lambda meant: not meant.word_for_word, default=None)


def _check(expression: Expression, intents: Intents, data: IntentData, depth: int = 0) -> None:
    """Raise SentencesError for a list or a rule that isn't there, or rules that go round in circles."""
    if depth > 50:
        raise SentencesError("Its rules go round in circles.")
    match expression:
        case Group():
            for item in expression.items:
                _check(item, intents, data, depth + 1)
        case ListReference() if expression.list_name not in {**intents.slot_lists, **data.slot_lists}:
            raise SentencesError(f"Its sentences use a list {expression.list_name!r} that isn't there.")
        case RuleReference():
            rule = {**intents.expansion_rules, **data.expansion_rules}.get(expression.rule_name)
            if rule is None:
                raise SentencesError(f"Its sentences use a rule {expression.rule_name!r} that isn't there.")
            _check(rule.expression, intents, data, depth + 1)


def _rank(found: RecognizeResult) -> tuple[int, int, int, str]:
    """First what leaves least to its wildcards."""
    wild = [entity.text for entity in found.entities_list if entity.is_wildcard]
    return len(wild), -found.text_chunks_matched, sum(map(len, wild)), found.intent.name


def _slots(found: RecognizeResult) -> dict[str, str | int]:
    slots: dict[str, str | int] = {}
    for entity in found.entities_list:
        value = entity.value
        slots[entity.name] = int(value) if isinstance(value, int | float) else str(value).strip(" ,.;:!?…-")
    return slots
