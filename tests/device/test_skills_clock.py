"""Time and date as people say them."""

from datetime import date, time

import pytest

from device.phrases.english_clock import spoken_date, spoken_time


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (time(20, 40), "twenty to nine"),
        (time(8, 0), "eight o'clock"),
        (time(0, 0), "midnight"),
        (time(12, 0), "noon"),
        (time(0, 5), "five past twelve"),
        (time(12, 15), "quarter past twelve"),
        (time(6, 30), "half past six"),
        (time(12, 45), "quarter to one"),
        (time(23, 45), "quarter to twelve"),
        (time(23, 35), "twenty-five to twelve"),
        (time(9, 25), "twenty-five past nine"),
        (time(20, 43, 59), "eight forty-three"),
        (time(20, 3), "eight oh three"),
        (time(0, 31), "twelve thirty-one"),
        (time(13, 59), "one fifty-nine"),
        (time(13, 17), "one seventeen"),
    ],
)
def test_the_time_is_said_as_people_say_it(at: time, said: str) -> None:
    assert spoken_time(at) == said


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (date(2026, 11, 22), "Sunday, the twenty-second of November"),
        (date(2026, 1, 1), "Thursday, the first of January"),
        (date(2024, 2, 29), "Thursday, the twenty-ninth of February"),
        (date(2026, 8, 30), "Sunday, the thirtieth of August"),
        (date(2026, 12, 31), "Thursday, the thirty-first of December"),
        (date(2026, 5, 20), "Wednesday, the twentieth of May"),
        (date(2026, 3, 3), "Tuesday, the third of March"),
    ],
)
def test_the_date_is_said_as_people_say_it(day: date, said: str) -> None:
    assert spoken_date(day) == said
