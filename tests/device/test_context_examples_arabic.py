"""What Arabic sentences are like, when no template has them."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from device.context import ContextEngine, PictureSeen, Surroundings
from device.context.by_example import ByExample, embedding
from device.context.examples import Examples, learnt, learnt_examples, read_book
from device.context.said_slots import Named, duration, moment
from edge_models.arabic import any_spelling
from edge_models.image.parse import parse_prompt
from edge_models.sentence_embedding import SentenceEncoder

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
EVAL = Path(__file__).parent.parent / "eval"


def no_encoder() -> SentenceEncoder:
    raise AssertionError("The model of English was loaded for Arabic.")


@pytest.fixture(scope="module")
def examples() -> Examples:
    book = read_book("ar")
    assert book is not None
    alike = embedding(book, no_encoder)
    rows = learnt(book, alike, path=learnt_examples("ar"))
    return Examples(book, alike.embed, rows, carried_out=book.intents, lists=ContextEngine("ar").lists)


@pytest.mark.parametrize(
    ("text", "intent", "slots"),
    [
        ("ودي ترجع الرسمة مثل أول", "picture.undo", {}),
        ("قديش ضل وقت للتايمر", "timer.status", {}),
        ("الجيران نايمين وطي صوتك", "control.volume", {"direction": "down"}),
        ("ما عاد بدي هالتايمر خلاص", "timer.cancel", {}),
        ("بدي ياه التايمر يرجع يمشي", "timer.resume", {}),
    ],
)
def test_what_the_templates_lack_is_found(examples: Examples, text: str, intent: str, slots: dict[str, str]) -> None:
    step = examples.nearest(text, NOW)
    assert step is not None
    assert (step.intent, dict(step.slots)) == (intent, slots)


@pytest.mark.parametrize(
    "text",
    [
        "لا تلغ المنبه",
        "لا تحذف الصورة",
        "ليش لغيت المنبه",
        "احذف الملاحظة عن السباك",
        "وقف السيارة عند البيت",
        "كملي صحنك يا ماما",
        "سمعت الخبر من أخوي",
        "",
        "؟؟",
    ],
)
def test_what_is_near_a_command_and_is_none(examples: Examples, text: str) -> None:
    assert examples.nearest(text, NOW) is None


def test_hardly_any_talk_makes_it_act(examples: Examples) -> None:
    lines = (EVAL / "ar_not_for_it.jsonl").read_text(encoding="utf-8").splitlines()
    acted = sum(examples.nearest(json.loads(line)["text"], NOW) is not None for line in lines)
    assert acted <= 0.02 * len(lines)


@pytest.mark.parametrize("said", ["اضاءه", "إضاءة", "أضاءة"])
def test_expressions_match_any_spelling(said: str) -> None:
    assert re.fullmatch(any_spelling("اضاه"), said)
    assert not re.fullmatch(any_spelling("اضاه"), "اضافه")


def test_how_long_and_when_are_read() -> None:
    assert duration("الرز يبيله ربع ساعة بالقدر") == (900, "الرز يبيله بالقدر")
    assert duration("مؤقت") is None
    assert moment("صحيني بكرة الساعة سبعة", NOW) == ("بكرة الساعة سبعة", "صحيني")


def test_things_are_found_with_their_particles() -> None:
    named = Named({"مطبخ": "مطبخ", "ضو": "ضو"})
    assert list(named.in_words("شغل ضوء المطبخ")) == ["ضو", "مطبخ"]
    assert list(named.in_words("بالمطبخ")) == ["مطبخ"]


async def test_arabic_is_understood_without_a_model() -> None:
    way = ByExample(
        language="ar",
        encoder=no_encoder,
        context=ContextEngine("ar"),
        carried_out={"picture.undo"},
        learnt_at=learnt_examples("ar"),
    )
    await way.load()
    fox = PictureSeen("p1", "ثعلب", parse_prompt("a fox"), made_at=1.0, turn="t1")
    (step,) = await way.understand("التغيير هاد خرب الرسمة رجعها", Surroundings(now=NOW, online=True, pictures=(fox,)))
    assert (step.intent, step.route) == ("picture.undo", "example/device")
    way.close()
