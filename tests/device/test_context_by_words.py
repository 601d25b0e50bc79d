"""What an Arabic command means by its words, where no template has them in their order."""

import json
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from device.context import ContextEngine, PictureSeen, Surroundings
from device.context.by_words import Wordbooks
from edge_models.image.parse import parse_prompt

NOW = datetime(2026, 11, 26, 15, 0, tzinfo=ZoneInfo("Asia/Riyadh"))
FOX = "ثعلب أحمر في الغابة"
AROUND = Surroundings(now=NOW, timers=("الخبز",), pictures=(PictureSeen("p1", FOX, parse_prompt(FOX), 0.0),))
NOT_FOR_IT = Path(__file__).parent.parent / "eval" / "ar2_not_for_it.jsonl"
GRAMMAR = {
    "expansion_rules": {"timer": "(مؤقت|تايمر)"},
    "intents": {
        "timer.status": {"data": [{"sentences": ["<timer> وصل إلى أين", "كم باقي على <timer>"]}]},
        "timer.cancel": {"data": [{"sentences": ["أوقف <timer>"], "slots": {"which": "all"}}]},
        "alarm.list": {"data": [{"sentences": ["كم منبه"]}]},
        "list.clear": {"data": [{"sentences": ["أفرغ القائمة"], "metadata": {"confirm": True}}]},
    },
}


@pytest.fixture(scope="module")
def engine() -> ContextEngine:
    return ContextEngine("ar")


def test_the_order_of_words_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("device.context.by_words._ENOUGH", 1.0)
    books = Wordbooks(GRAMMAR)
    assert books.meant("وصل أين مؤقت") == ("timer.status", {})
    assert books.meant("تايمر أوقف") == ("timer.cancel", {"which": "all"})


@pytest.mark.parametrize("said", ["وصل أين خبز", "مؤقت", "أفرغ القائمة", "مؤقت 5 باقي", ""])
def test_words_of_nobodys_numbers_and_what_is_asked_first_are_left_alone(said: str) -> None:
    assert Wordbooks(GRAMMAR).meant(said) is None


@pytest.mark.parametrize(
    ("said", "intent"),
    [
        ("شو قلت آسف ما سمعت", "control.repeat"),
        ("احنا مش عايزين التغيير ده", "picture.undo"),
        ("عندي تذكيرات ايه", "reminder.list"),
        ("طفي المكيف لأني بردان", "home.turn"),
        ("الجو حر شغل المكيف", "home.turn"),
        ("قم بإنشاء صورة لمكتبة ضخمة", "picture.create"),
        ("هل بوسعك أن ترسم زرافة", "picture.create"),
        ("بدل الثعلب بأسد", "picture.edit"),
        ("قديش ضل للخبز", "timer.status"),
        ("دز الصورة لجوال خوي", "picture.send"),
    ],
)
def test_what_is_said_in_other_words_is_understood(engine: ContextEngine, said: str, intent: str) -> None:
    (step,) = engine.understand(said, surroundings=AROUND).steps
    assert step.intent == intent


def test_a_tale_does_not_end_in_a_command(engine: ContextEngine) -> None:
    for said in ("بابا شغل التلفزيون", "كان لازم اطفي الغاز", "نسيت اطفي الفرن"):
        (step,) = engine.understand(said, surroundings=AROUND).steps
        assert step.intent == "none"


def test_hardly_anything_that_is_said_to_others_is_done(engine: ContextEngine) -> None:
    texts = [json.loads(line)["text"] for line in NOT_FOR_IT.read_text("utf-8").splitlines()]
    acted = [text for text in texts if engine.understand(text, surroundings=AROUND).steps[0].intent != "none"]
    assert len(acted) <= len(texts) // 16
