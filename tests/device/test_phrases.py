"""What the device says: code and messages fit together, and both languages say the same."""

import ast
import logging
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from fluent.syntax import FluentParser, visitor
from fluent.syntax import ast as ftl
from phrase_parts import ARABIC, ENGLISH

from device.phrases import PhraseError, Phrases

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT / "device" / "phrases"
UNSAID_IN_ARABIC = {("news-failed", "text"), ("fault-over-budget", "text")}
"""The bridge's own sentence is English."""
SPOKEN_AS_IT_IS = frozenset[str]()
"""Latin letters that belong into an Arabic sentence: names."""


class Found(visitor.Visitor):
    """What one message is made of."""

    def __init__(self, entry: ftl.Message | ftl.Term) -> None:
        self.placed: set[str] = set()
        """Variables that are said."""
        self.choosing: set[str] = set()
        """Variables that choose a form."""
        self.messages: set[str] = set()
        self.terms: set[str] = set()
        self.text: list[str] = []
        assert entry.value is not None
        self.visit(entry.value)

    @property
    def variables(self) -> set[str]:
        return self.placed | self.choosing

    def visit_SelectExpression(self, node: ftl.SelectExpression) -> None:  # noqa: N802 - Fluent's
        assert isinstance(node.selector, ftl.VariableReference)
        self.choosing.add(node.selector.id.name)
        for variant in node.variants:
            self.visit(variant)

    def visit_VariableReference(self, node: ftl.VariableReference) -> None:  # noqa: N802 - Fluent's
        self.placed.add(node.id.name)

    def visit_MessageReference(self, node: ftl.MessageReference) -> None:  # noqa: N802 - Fluent's
        self.messages.add(node.id.name)

    def visit_TermReference(self, node: ftl.TermReference) -> None:  # noqa: N802 - Fluent's
        self.terms.add(f"-{node.id.name}")

    def visit_TextElement(self, node: ftl.TextElement) -> None:  # noqa: N802 - Fluent's
        self.text.append(node.value)


class Call(NamedTuple):
    """One use of a message in the device's code."""

    where: str
    messages: tuple[str, ...]
    variables: frozenset[str]


def entries(language: str) -> Iterator[tuple[Path, ftl.EntryType]]:
    for path in sorted((FOLDER / language).glob("*.ftl")):
        for entry in FluentParser().parse(path.read_text(encoding="utf-8")).body:
            yield path, entry


def messages(language: str) -> dict[str, Found]:
    return {
        f"{'-' * isinstance(entry, ftl.Term)}{entry.id.name}": Found(entry)
        for _, entry in entries(language)
        if isinstance(entry, ftl.Message | ftl.Term)
    }


def with_references(name: str, found: dict[str, Found]) -> Iterator[Found]:
    """A message and those that it contains."""
    yield found[name]
    for part in found[name].messages | found[name].terms:
        yield from with_references(part, found)


def variables(name: str, found: dict[str, Found]) -> set[str]:
    return set[str]().union(*(parts.variables for parts in with_references(name, found)))


def placed(name: str, found: dict[str, Found]) -> set[str]:
    return set[str]().union(*(parts.placed for parts in with_references(name, found)))


def names(argument: ast.expr) -> tuple[str, ...]:
    match argument:
        case ast.Constant(value=str(name)):
            return (name,)
        case ast.IfExp(body=body, orelse=other):
            return (*names(body), *names(other))
        case _:
            return ()


def calls() -> Iterator[Call]:
    for path in sorted((ROOT / "device").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in {"phrases", "_phrases"}:
                variables = frozenset(keyword.arg or "**" for keyword in node.keywords)
                where = f"{path.relative_to(ROOT)}:{node.lineno}"
                yield Call(where, names(node.args[0]) if node.args else (), variables)


EN, AR = messages("en"), messages("ar")
CALLS = list(calls())


def test_every_file_can_be_read_and_no_message_is_there_twice() -> None:
    for language in ("en", "ar"):
        there = list(entries(language))
        broken = [(path.name, entry.content) for path, entry in there if isinstance(entry, ftl.Junk)]
        assert not broken
        named = [entry.id.name for _, entry in there if isinstance(entry, ftl.Message | ftl.Term)]
        assert len(named) == len(set(named)) > 50


def test_both_languages_say_the_same_with_the_same_words_put_in() -> None:
    assert {path.name for path, _ in entries("en")} == {path.name for path, _ in entries("ar")}
    assert [name for name in EN if not name.startswith("-")] == [name for name in AR if not name.startswith("-")]
    for name in (name for name in EN if not name.startswith("-")):
        unsaid = {variable for message, variable in UNSAID_IN_ARABIC if message == name}
        assert placed(name, EN) - unsaid == placed(name, AR) - (variables(name, EN) - placed(name, EN)), name
        # Which forms there are is each language's own affair; from what they are chosen isn't.
        assert variables(name, AR) <= variables(name, EN), name


def test_every_call_names_messages_that_exist_and_gives_them_what_they_want() -> None:
    assert len(CALLS) > 50
    for call in CALLS:
        assert call.messages, f"{call.where}: the name of the message must be a literal"
        assert set(call.messages) <= set(EN), call.where
        wanted = [variables(name, EN) for name in call.messages]
        assert all(each <= call.variables for each in wanted), call.where
        assert set[str]().union(*wanted) == call.variables, call.where


def test_no_message_is_unused() -> None:
    for found in (EN, AR):
        contained = {part for parts in found.values() for part in parts.messages | parts.terms}
        assert set(found) - contained == {name for call in CALLS for name in call.messages} - contained


def test_arabic_is_written_in_arabic() -> None:
    for name, found in AR.items():
        text = " ".join(found.text)
        letters = [letter for letter in text if letter.isalpha()]
        latin = set(re.findall(r"[^\W\d_]+", "".join(each for each in text if not _is_arabic(each)))) - SPOKEN_AS_IT_IS
        assert not latin, (name, latin)
        assert letters or found.variables, name
        # A mark of the other script is read as nothing, or wrongly.
        assert not set(text) & set("?;,"), name
    for name, found in EN.items():
        assert not any(_is_arabic(letter) for letter in " ".join(found.text)), name


def _is_arabic(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith("ARABIC")


def test_what_is_put_in_stays_without_marks_around_it() -> None:
    for phrases in (ENGLISH, ARABIC):
        said = phrases("timer-none-named", name="بيض egg")
        assert "بيض egg" in said
        assert not any(unicodedata.category(letter) == "Cf" for letter in said)


def test_long_words_of_the_person_are_put_in_whole() -> None:
    heard = "x" * 9000
    assert heard in ENGLISH("about-cannot", heard=heard)
    assert heard in ENGLISH("agenda-reminder-due", about=heard)


@pytest.mark.parametrize(("message", "values"), [("no-such-message", {}), ("timer-none-named", {})])
def test_what_cannot_be_said_is_a_fault_in_a_test(message: str, values: dict[str, str]) -> None:
    with pytest.raises(PhraseError, match=message):
        ARABIC(message, **values)


def test_on_a_device_it_is_logged_and_said_in_english(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    phrases = Phrases("ar")
    monkeypatch.delitem(phrases._bundle._messages, "okay")
    with caplog.at_level(logging.ERROR):
        assert phrases("okay") == "Okay."
    assert "okay can't be said in 'ar'" in caplog.text
    assert phrases("no-such-message") == "no-such-message"
    assert Phrases("en")("timer-none-named") == "There is no name timer."


def test_a_language_without_messages_is_refused() -> None:
    with pytest.raises(ValueError, match="'tlh'"):
        Phrases("tlh")


def test_numbers_choose_among_the_six_arabic_plurals() -> None:
    said = [ARABIC("timer-several", count=count) for count in (2, 3, 10, 11, 20)]
    assert said == ["مؤقتان.", "ثلاثة مؤقتات.", "عشرة مؤقتات.", "أحد عشر مؤقتًا.", "عشرون مؤقتًا."]
    assert ARABIC("timer-paused-already", count=2) == "المؤقتان متوقفان بالفعل."
