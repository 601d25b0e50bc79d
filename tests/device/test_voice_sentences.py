"""Where a reply is split."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.voice.sentences import sentences


@pytest.mark.parametrize(
    ("text", "parts"),
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
def test_a_reply_is_split_where_a_speaker_would_pause(text: str, parts: list[str]) -> None:
    assert sentences(text) == parts


def test_a_very_long_sentence_is_split_at_a_comma_so_that_nobody_waits_for_all_of_it() -> None:
    text = ", ".join(["a red fox under a full moon"] * 20) + "."
    parts = sentences(text)
    assert len(parts) > 2
    assert max(map(len, parts)) <= 220


@given(st.text(alphabet=st.sampled_from("abN .!?…,\n\"'1؟"), max_size=600))
def test_no_character_is_lost_or_said_twice(text: str) -> None:
    parts = sentences(text)
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert all(part == part.strip() and part for part in parts)
