"""The sentences of one language, from `en/*.ftl` or `ar/*.ftl`."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from importlib.resources import files
from typing import Any

from babel import Locale
from fluent.runtime import FluentBundle, FluentResource
from fluent.runtime.types import FluentType

from device.phrases.arabic import Arabic
from device.phrases.durations import as_left
from device.phrases.english import English
from device.phrases.wording import Moment, Wording

log = logging.getLogger(__name__)

ENGLISH = "en"
WORDINGS: dict[str, type[Wording]] = {ENGLISH: English, "ar": Arabic}

Value = str | int | float | bool | datetime | Moment | Sequence[str]
"""What a message's variable can be. A truth value is `yes` or `no` there."""


class PhraseError(Exception):
    """A message is missing, or a variable of it, or can't be worded; the text says which."""


class Phrases:
    """What the device says. `phrases("timer-cancelled", timers=["pasta timer"])` is one sentence, or part of one."""

    def __init__(self, language: str = ENGLISH, *, strict: bool = False) -> None:
        """Raises ValueError for a language without messages.

        `strict`: what can't be said is a PhraseError; otherwise it is logged, and said in English.
        """
        if language not in WORDINGS:
            raise ValueError(f"There are no phrases for the language {language!r}.")
        self.language = language
        self._strict = strict
        self._bundle = _bundle(language)
        self._english = self._bundle if language == ENGLISH else _bundle(ENGLISH)

    def __call__(self, message: str, /, **values: Value) -> str:
        """The message with these values. Raises PhraseError if `strict`, else nothing."""
        given = {name: _given(value) for name, value in values.items()}
        said, faults = _said(self._bundle, message, given)
        if not faults:
            return said
        fault = f"{message} can't be said in {self.language!r}: {'; '.join(map(str, faults))}."
        if self._strict:
            raise PhraseError(fault)
        log.error("%s", fault)
        return _said(self._english, message, given)[0]


class _Words(str, FluentType):
    """Text of any length; Fluent refuses more than 2500 characters of a plain string."""

    __slots__ = ()

    def format(self, locale: Locale) -> str:  # type: ignore[override]  # noqa: ARG002 - Fluent's, not that of str
        return self


class _Argument(FluentType):
    """What Fluent doesn't know and hands to a function as it is."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def format(self, locale: Locale) -> str:  # noqa: ARG002 - Fluent's
        raise TypeError(f"{type(self.value).__name__} has to be worded by a function")


def _given(value: Value) -> Any:
    if isinstance(value, bool):
        return _Words("yes" if value else "no")
    if isinstance(value, str):
        return _Words(value)
    return value if isinstance(value, int | float) else _Argument(value)


def _said(bundle: FluentBundle, message: str, values: dict[str, Any]) -> tuple[str, list[Exception]]:
    if not bundle.has_message(message):
        return message, [LookupError("there is no such message")]
    try:
        pattern = bundle.get_message(message).value
        assert pattern is not None, "there are no messages of attributes alone"
        said, faults = bundle.format_pattern(pattern, values)
    except Exception as error:  # noqa: BLE001 - whatever it is, something has to be said
        return message, [error]
    return str(said), faults


def _bundle(language: str) -> FluentBundle:
    # No isolating marks around what is put in: the text is spoken.
    bundle = FluentBundle([language], functions=_functions(WORDINGS[language]()), use_isolating=False)
    for file in sorted(files("device.phrases").joinpath(language).iterdir(), key=lambda file: file.name):
        if file.name.endswith(".ftl"):
            bundle.add_resource(FluentResource(file.read_text(encoding="utf-8")))
    return bundle


def _functions(wording: Wording) -> dict[str, Callable[..., Any]]:
    """What the messages may call; the options are those of `Wording`, with "yes" for True."""

    def left(seconds: float, **options: Any) -> str:
        return wording.duration(as_left(seconds), **options)

    def sentence(words: str) -> str:
        said = _capital(words.strip(" ,;:،؛"))
        return said if said.endswith((".", "!", "?", "؟")) else f"{said}."

    return {
        name: _function(word)
        for name, word in {
            "TIME": wording.time,
            "DATE": wording.date,
            "DAY": wording.day,
            "WHEN": wording.when,
            "DURATION": wording.duration,
            "LEFT": left,
            "LENGTH": wording.length,
            "COUNT": wording.count,
            "AND": wording.all_of,
            "LIST": wording.in_a_row,
            "OR": wording.any_of,
            "TO-YOU": wording.to_you,
            "CAPITAL": _capital,
            "SENTENCE": sentence,
        }.items()
    }


def _function(word: Callable[..., str]) -> Callable[..., Any]:
    def called(*values: Any, **options: Any) -> _Words:
        plain = [value.value if isinstance(value, _Argument) else value for value in values]
        return _Words(word(*plain, **{name: True if option == "yes" else option for name, option in options.items()}))

    return called


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
