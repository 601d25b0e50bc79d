"""Arabic as it is compared."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_models.arabic import Alike, Reader, bare, is_arabic, letters, template, words_of

TEMPLATES = template("(احذف|ألغِ) المؤقت [في] المطبخ و بعد دقيقة ساعة نصف اليوم الثانية على")
READER = Reader(words_of(TEMPLATES), verbs=("شغل", "احذف", "اكتب", "ذكرني"))


@pytest.mark.parametrize(
    ("said", "compared"),
    [
        ("المؤقّتُ", "الموقت"),
        ("إلى", "الي"),
        ("آلة", "اله"),
        ("مـــرحبا", "مرحبا"),
        ("دقائق", "دقايق"),
        ("مساءً", "مسا"),
        ("٧:٣٠؟", "7:30?"),
        ("\u200fنعم\u200e", "نعم"),
        ("ﻻ", "لا"),
        ("draw a fox", "draw a fox"),
    ],
)
def test_one_spelling(said: str, compared: str) -> None:
    assert letters(said) == compared


def test_the_article_goes_but_where_it_makes_another_word() -> None:
    assert [bare(word) for word in ("الصورة", "اليوم", "ألغ", "الثانية", "الان")] == [
        "صوره",
        "اليوم",
        "الغ",
        "الثانيه",
        "الان",
    ]


def test_templates_are_brought_into_the_same_spelling() -> None:
    assert template('{in: "(بالمئة|لليوم) [ال]صورة"}') == '{in: "(ب ميه|ل اليوم) [ال]صوره"}'


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("واحذف المؤقت", "و احذف موقت"),
        ("وبالمطبخ", "و ب مطبخ"),
        ("للساعة ٧", "ل ساعه 7"),
        ("عالساعة", "علي ساعه"),
        ("للباستا", "ل باستا"),
        ("ورد وبيت وولد", "ورد وبيت وولد"),
        # What imperatives are made into.
        ("شغلوا شغللي", "شغل شغل"),
        ("ممكن تشغل", "ممكن شغل"),
        ("هل يمكنك تشغيل", "هل يمكنك شغل"),
        # Numbers.
        ("خمس وعشرين دقيقة", "25 دقيقه"),
        ("ثلاث مئة وخمسة وعشرون", "325"),
        ("خمسطعش", "15"),
        ("خمسة عشر، دقيقة", "15, دقيقه"),
        ("الحادية عشرة", "الحاديه 10"),
        ("تسعمئة وتسعة وتسعون", "999"),
        ("واحد", "واحد"),
    ],
)
def test_what_is_read(said: str, read: str) -> None:
    assert READER.read(said).text == read


def test_words_are_given_back_as_they_were_said() -> None:
    heard = READER.read("احذف، المؤقّت بالمطبخ بعد خمسٍ وعشرين دقيقة!")
    assert heard.as_said("مطبخ بعد 25") == "المطبخ بعد خمس وعشرين"
    assert heard.as_said(heard.text) == "احذف، المؤقت بالمطبخ بعد خمس وعشرين دقيقة"
    assert heard.as_said("احذف 25 دقيقه") == "احذف خمس وعشرين دقيقة"
    assert heard.as_said("all") == "all"


@given(st.text("احذفوبلكال مؤقتًـ، 12خمسةعشر.!\u200fab", max_size=80))
@settings(max_examples=300)
def test_whatever_is_read_is_given_back(text: str) -> None:
    heard = READER.read(text)
    said = heard.as_said(heard.text)
    assert letters(said) == " ".join(letters(text).split()).strip(" ,.!")
    assert is_arabic(said) == is_arabic(text)


def test_words_that_mean_the_same_are_read_as_one_and_stay_as_they_were_said() -> None:
    alike = Alike({"اريد": "بدي عايز"}, {"احذف": "شيل"})
    assert alike.template("(بدي|عايز|ودي) [شيل] (شيلي|احذف)(ها|ه)") == "(اريد|ودي) [احذف] (احذف)(ها|ه)"
    read = Reader(words_of("صوره") | alike.known, alike=alike).read("عايز تشوف شيليها")
    assert read.text == "اريد تشوف احذفها"
    assert read.as_said("احذفها") == "شيليها"
