"""Pictures in Arabic: the same scenes as in English, and nothing that breaks them."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_models.image.arabic import in_english
from edge_models.image.arabic.lexicon import lexicon, names, sections
from edge_models.image.arabic.words import scene_words
from edge_models.image.edit import edit_scene
from edge_models.image.edit_region import edit_region
from edge_models.image.lexicon import lex
from edge_models.image.parse import parse_prompt
from edge_models.image.scene import Box, Scene, Subject
from edge_models.image.vocabulary import vocabulary

PAIRS = yaml.safe_load(Path(__file__).with_name("arabic_pictures.yaml").read_text("utf-8"))


@pytest.mark.parametrize(("arabic", "english"), PAIRS["prompts"])
def test_a_prompt_is_the_same_scene_in_arabic(arabic: str, english: str) -> None:
    assert parse_prompt(arabic) == parse_prompt(english)


@pytest.mark.parametrize(("before", "arabic", "english"), PAIRS["edits"])
def test_an_edit_changes_the_same_in_arabic(before: str, arabic: str, english: str) -> None:
    scene = parse_prompt(before)
    edited = edit_scene(scene, arabic)
    expected = edit_scene(scene, english)
    assert (edited.scene, edited.changed) == (expected.scene, expected.changed)


def test_the_pairs_are_many_and_mean_something() -> None:
    assert len(PAIRS["prompts"]) + len(PAIRS["edits"]) >= 150
    nothing = parse_prompt("")
    assert all(parse_prompt(english) != nothing for _, english in PAIRS["prompts"])


def test_every_subject_can_be_said() -> None:
    for key in vocabulary().subjects:
        said = parse_prompt(" ".join(names()[key][0].singular))
        assert [(subject.noun, subject.count) for subject in said.subjects] == [(key, 1)]


@pytest.mark.parametrize("table", ["colours", "sizes", "adjectives", "places", "weathers", "times", "styles"])
def test_all_else_can_be_said(table: str) -> None:
    said = {
        getattr(item, field)
        for section in sections().values()
        for english in section
        for item in lex(english)
        for field in ("colour", "size", "adjective", "place", "weather", "time", "style", "action")
    }
    assert set(getattr(vocabulary(), table)) <= said


def test_english_words_stand_for_what_the_parser_knows() -> None:
    for kind in ("nouns", "looks", "places", "moods", "relations", "sides", "numbers", "ordinals", "determiners"):
        for english in sections()[kind]:
            assert not any(item.unknown for item in lex(english)), english


def test_text_without_arabic_stays_as_it_is() -> None:
    assert in_english("draw a fox, please") == "draw a fox, please"


@pytest.mark.parametrize(
    ("prompt", "unknown"),
    [
        ("ارسم ثعلبا مهيبا", ["مهيبا"]),
        ("ثعلب زحلوط تحت القمر", ["زحلوط"]),
        ("ارسم الزحلوط الأحمر", []),
    ],
)
def test_words_that_nobody_knows_are_told(prompt: str, unknown: list[str]) -> None:
    assert list(parse_prompt(prompt).unknown) == unknown


def test_a_thing_that_cannot_be_drawn_is_named_as_it_was_said() -> None:
    (subject,) = parse_prompt("ارسم زحلوطين").subjects
    assert (subject.noun, subject.known) == ("زحلوطين", False)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "،،، ؟",
        "🦊🌕",
        "ارسم 🦊 أحمر",
        "ثعلب " * 10_000,
        "و" * 10_000,
        "ال",
        "بال",
        "لل",
        "في",
        "على تحت فوق",
        "ثلاثة",
        "الثاني",
        "هذا",
        "بعض",
        "\u064b\u064c",
        "ارسم a red fox تحت the moon",
        "لون",
        "أول",
        "\u202eثعلب\u202c",
    ],
)
def test_odd_text_breaks_nothing(text: str) -> None:
    scene = parse_prompt(text)
    edit_scene(scene, text)
    edit_region(scene, text, Box(left=0, top=0, right=1, bottom=1), seed=1)


OF_EACH_KIND = [
    " ".join(form)
    for kind in {meaning.kind for meanings in lexicon().values() for meaning in meanings}
    for form in [form for form, meanings in lexicon().items() if meanings[0].kind == kind][:9]
] + ["زحلوط", "fox", "،", "و"]


@given(st.lists(st.sampled_from(OF_EACH_KIND), max_size=7))
@settings(max_examples=400)
def test_any_words_in_any_order_break_nothing(words: list[str]) -> None:
    edit_scene(parse_prompt("a fox under a moon"), " ".join(words))
    parse_prompt(" ".join(words))


def test_marks_and_spellings_make_no_difference() -> None:
    plain = parse_prompt("شجرة خضراء وأرنب أبيض على الشاطئ")
    assert parse_prompt("شجره خضرا وارنب ابيض علي الشاطيء") == plain
    assert parse_prompt("شَجَرَةٌ خَضْرَاءُ وَأَرْنَبٌ أَبْيَضُ عَلَى الشَّاطِئِ") == plain


def test_english_in_an_arabic_sentence_is_understood() -> None:
    assert parse_prompt("ارسم a red fox تحت القمر") == parse_prompt("a red fox under the moon")


def test_a_change_of_a_part_is_understood() -> None:
    scene = parse_prompt("a fox")
    whole = Box(left=0, top=0, right=1, bottom=1)
    assert edit_region(scene, "أضف قبعة هنا", whole, seed=1).scene.subjects[-1].noun == "hat"
    assert edit_region(scene, "احذف هذا", whole, seed=1).scene.subjects == ()
    assert edit_region(scene, "اجعله أزرق", whole, seed=1).scene.subjects[0].colour == "blue"


def test_scenes_are_said_in_arabic_that_means_them() -> None:
    for _, english in PAIRS["prompts"]:
        scene = parse_prompt(english)
        if all(subject.known for subject in scene.subjects):
            assert parse_prompt(scene_words(scene)) == scene.model_copy(update={"unknown": ()}), english


@pytest.mark.parametrize(
    ("english", "arabic"),
    [
        ("a red fox under a full moon at night in watercolour", "ثعلب أحمر تحت قمر كامل، في الليل، بالألوان المائية"),
        ("a red tree", "شجرة حمراء"),
        ("two green trees", "شجرتين خضراوين"),
        ("three small blue cats", "ثلاث قطط زرقاء صغيرة"),
        ("three small dogs", "ثلاثة كلاب صغيرة"),
        ("three small boys", "ثلاثة أولاد صغار"),
        ("two polar bears", "دبين قطبيين"),
        ("eleven cats", "إحدى عشرة قطة"),
        ("twelve dogs", "اثني عشر كلبا"),
        ("three apples", "ثلاث تفاحات"),
        ("a princess wearing a golden crown", "أميرة ترتدي تاجا ذهبيا"),
        ("two boys holding a red balloon", "ولدين يحملان بالونا أحمر"),
        ("a big sun", "شمس كبيرة"),
        ("a huge sleeping cat", "قطة ضخمة نائمة"),
        ("a fox and a moon, the moon is behind the fox", "ثعلب وقمر خلف الثعلب"),
    ],
)
def test_words_agree_in_number_and_gender(english: str, arabic: str) -> None:
    assert scene_words(parse_prompt(english)) == arabic


@pytest.mark.parametrize(
    ("before", "change", "said"),
    [
        ("a fox", "اجعله أزرق", "مع ثعلب أزرق"),
        ("a fox under a moon", "احذف القمر", "بدون القمر"),
        ("a fox", "حوله إلى ذئب", "مع ذئب بدلا من الثعلب"),
        ("a fox and a castle", "ضع الثعلب أمام القلعة", "مع الثعلب أمام القلعة"),
        ("a fox in the rain", "أزل المطر", "بدون المطر"),
        ("a fox and two trees", "كبر الأشجار", "مع شجرتين كبيرتين"),
        ("a fox", "عند الغروب بالألوان المائية", "عند الغروب، بالألوان المائية"),
    ],
)
def test_a_change_is_said_in_arabic(before: str, change: str, said: str) -> None:
    assert edit_scene(parse_prompt(before), change, language="ar").said == said


@pytest.mark.parametrize("count", [1, 2, 3, 12])
def test_any_number_of_anything_can_be_said(count: int) -> None:
    for key in vocabulary().subjects:
        scene = Scene(subjects=(Subject(noun=key, count=count, colour="red", size="big"),))
        assert parse_prompt(scene_words(scene)) == scene, key
