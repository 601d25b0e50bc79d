"""Where a reply is split."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.voice.sentences import parts, sentences


@pytest.mark.parametrize(
    ("text", "split"),
    [
        ("Here is a red fox.", ["Here is a red fox."]),
        ("Here it is. Shall I go on?", ["Here it is.", "Shall I go on?"]),
        ("It is 3.5 degrees. Cold!", ["It is 3.5 degrees.", "Cold!"]),
        (
            "Dr. Smith and Mrs. Jones met at St. Paul's. They left.",
            ["Dr. Smith and Mrs. Jones met at St. Paul's.", "They left."],
        ),
        ("No. I can't do that.", ["No.", "I can't do that."]),
        ("Take No. 5. It is late.", ["Take No. 5.", "It is late."]),
        ("It is 5 p.m. now. Time to go.", ["It is 5 p.m. now.", "Time to go."]),
        ("It is 5 p.m. Time to go.", ["It is 5 p.m.", "Time to go."]),
        ("Well... maybe. Or not.", ["Well... maybe.", "Or not."]),
        ("Well… I see. Good.", ["Well…", "I see.", "Good."]),
        ('He said "Stop!" Then he left.', ['He said "Stop!"', "Then he left."]),
        ("J. S. Bach wrote it.", ["J. S. Bach wrote it."]),
        ("One line\nanother line", ["One line", "another line"]),
        ("هل انتهيت؟ نعم.", ["هل انتهيت؟", "نعم."]),
        ("What?! Really.", ["What?!", "Really."]),
        ("", []),
        (" \n ", []),
    ],
)
def test_a_reply_is_split_where_a_speaker_would_pause(text: str, split: list[str]) -> None:
    assert sentences(text) == split


def test_a_very_long_sentence_is_split_at_a_comma_so_that_nobody_waits_for_all_of_it() -> None:
    text = ", ".join(["a red fox under a full moon"] * 20) + "."
    found = sentences(text)
    assert len(found) > 2
    assert max(map(len, found)) <= 220


@given(st.text(alphabet=st.sampled_from("abN .!?…,\n\"'1؟"), max_size=600))
def test_no_character_is_lost_or_said_twice(text: str) -> None:
    found = sentences(text)
    assert "".join("".join(found).split()) == "".join(text.split())
    assert all(part == part.strip() and part for part in found)


@pytest.mark.parametrize(
    ("text", "split"),
    [
        (
            "I'm drawing a red fox, and it will be on your phone. Okay?",
            ["I'm drawing a red fox,", "and it will be on your phone.", "Okay?"],
        ),
        ("Yes, I'm drawing a red fox under a full moon.", ["Yes, I'm drawing a red fox under a full moon."]),
        ("It is one thousand, maybe more.", ["It is one thousand, maybe more."]),
        (
            "It's noon. A long sentence comes second, but it is not split.",
            ["It's noon.", "A long sentence comes second, but it is not split."],
        ),
        (
            "لا، لست متصلًا بالشبكة الآن؛ وسأكمل الصور لاحقًا.",
            ["لا، لست متصلًا بالشبكة الآن؛", "وسأكمل الصور لاحقًا."],
        ),
        ("", []),
    ],
)
def test_the_first_words_come_by_themselves_where_that_helps(text: str, split: list[str]) -> None:
    assert parts(text) == split
