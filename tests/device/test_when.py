"""Times and dates as people say them, and that nothing else is taken for one."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.context.when import next_on, when
from device.phrases.english_clock import spoken_date, spoken_time

BERLIN = ZoneInfo("Europe/Berlin")
THURSDAY_AT_THREE = datetime(2026, 11, 26, 15, 0, tzinfo=BERLIN)
ZONES = [ZoneInfo(name) for name in ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC")]
zones = st.sampled_from(ZONES)
moments = st.builds(
    lambda seconds, zone: datetime.fromtimestamp(seconds, UTC).astimezone(zone),
    st.integers(1_704_067_200, 2_082_758_400),  # 2024 to 2035
    zones,
)


def shown(at: datetime) -> str:
    return at.strftime("%a %d.%m.%Y %H:%M")


ONCE = {
    "half past seven": "Thu 26.11.2026 19:30",
    "at 7": "Thu 26.11.2026 19:00",
    "seven": "Thu 26.11.2026 19:00",
    "at seven o'clock": "Thu 26.11.2026 19:00",
    "at half seven": "Thu 26.11.2026 19:30",
    "at two": "Fri 27.11.2026 02:00",
    "seven thirty pm": "Thu 26.11.2026 19:30",
    "at 7:30 p.m.": "Thu 26.11.2026 19:30",
    "7.30 am": "Fri 27.11.2026 07:30",
    "seven oh five": "Thu 26.11.2026 19:05",
    "twenty-five to ten": "Thu 26.11.2026 21:35",
    "at ten minutes past four": "Thu 26.11.2026 16:10",
    "a quarter to one": "Fri 27.11.2026 00:45",
    "at 19:30": "Thu 26.11.2026 19:30",
    "sixteen thirty": "Thu 26.11.2026 16:30",
    "at 07:00": "Fri 27.11.2026 07:00",
    "at 0:30": "Fri 27.11.2026 00:30",
    "noon": "Fri 27.11.2026 12:00",
    "at midnight": "Fri 27.11.2026 00:00",
    "six in the evening": "Thu 26.11.2026 18:00",
    "at eight in the morning": "Fri 27.11.2026 08:00",
    "in twenty minutes": "Thu 26.11.2026 15:20",
    "in an hour and a half": "Thu 26.11.2026 16:30",
    "in two and a half hours": "Thu 26.11.2026 17:30",
    "in half an hour": "Thu 26.11.2026 15:30",
    "in three quarters of an hour": "Thu 26.11.2026 15:45",
    "an hour and ten minutes from now": "Thu 26.11.2026 16:10",
    "tonight at nine": "Thu 26.11.2026 21:00",
    "tonight at one": "Fri 27.11.2026 01:00",
    "this evening at eight": "Thu 26.11.2026 20:00",
    "today at five": "Thu 26.11.2026 17:00",
    "today at nine am": "Thu 26.11.2026 09:00",
    "tomorrow at nine": "Fri 27.11.2026 09:00",
    "tomorrow at five": "Fri 27.11.2026 17:00",
    "quarter to nine tomorrow morning": "Fri 27.11.2026 08:45",
    "tomorrow night at one": "Sat 28.11.2026 01:00",
    "at midnight tomorrow": "Sat 28.11.2026 00:00",
    "the day after tomorrow at ten": "Sat 28.11.2026 10:00",
    "in two days at nine": "Sat 28.11.2026 09:00",
    "on Friday at noon": "Fri 27.11.2026 12:00",
    "Thursday at four": "Thu 26.11.2026 16:00",
    "Thursday at two": "Thu 03.12.2026 14:00",
    "next Friday evening at eight": "Fri 04.12.2026 20:00",
    "on the third of December at five": "Thu 03.12.2026 17:00",
    "on December 3rd at 17:00": "Thu 03.12.2026 17:00",
    "on the second at ten": "Wed 02.12.2026 10:00",
    "Friday, the fourth of December, at eight": "Fri 04.12.2026 08:00",
    "on the fifth of May 2028 at noon": "Fri 05.05.2028 12:00",
}


@pytest.mark.parametrize(("text", "expected"), ONCE.items())
def test_a_moment_is_the_next_that_people_would_mean(text: str, expected: str) -> None:
    found = when(text, THURSDAY_AT_THREE)
    assert found is not None
    assert (shown(found.at), found.days, found.timed) == (expected, frozenset(), True)


DAYS = {
    "tomorrow": "Fri 27.11.2026 09:00",
    "the day after tomorrow": "Sat 28.11.2026 09:00",
    "next Tuesday": "Tue 01.12.2026 09:00",
    "next Thursday": "Thu 03.12.2026 09:00",
    "next Saturday": "Sat 05.12.2026 09:00",
    "on Saturday": "Sat 28.11.2026 09:00",
    "in a week": "Thu 03.12.2026 09:00",
    "in the morning": "Fri 27.11.2026 09:00",
    "tomorrow evening": "Fri 27.11.2026 19:00",
    "tonight": "Thu 26.11.2026 21:00",
    "today": "Thu 26.11.2026 09:00",
    "on the twenty-first": "Mon 21.12.2026 09:00",
    "February twenty-ninth": "Tue 29.02.2028 09:00",
}


@pytest.mark.parametrize(("text", "expected"), DAYS.items())
def test_a_day_without_a_time_says_so(text: str, expected: str) -> None:
    found = when(text, THURSDAY_AT_THREE)
    assert found is not None
    assert (shown(found.at), found.days, found.timed) == (expected, frozenset(), False)


REPEATED = {
    "every weekday at seven": ("Fri 27.11.2026 07:00", "01234"),
    "at half past six every weekday": ("Thu 26.11.2026 18:30", "01234"),
    "every day at 6:45": ("Thu 26.11.2026 18:45", "0123456"),
    "daily at nine": ("Fri 27.11.2026 09:00", "0123456"),
    "every morning at seven": ("Fri 27.11.2026 07:00", "0123456"),
    "on weekends at ten": ("Sat 28.11.2026 10:00", "56"),
    "on Mondays and Fridays at eight": ("Fri 27.11.2026 08:00", "04"),
    "every Tuesday and Thursday evening at six": ("Thu 26.11.2026 18:00", "13"),
    "Monday to Wednesday at eight": ("Mon 30.11.2026 08:00", "012"),
    "every Friday at midnight": ("Sat 28.11.2026 00:00", "5"),
}


@pytest.mark.parametrize(("text", "expected"), REPEATED.items())
def test_what_happens_again_and_again_has_its_weekdays(text: str, expected: tuple[str, str]) -> None:
    found = when(text, THURSDAY_AT_THREE)
    assert found is not None
    assert (shown(found.at), "".join(map(str, sorted(found.days)))) == expected


def test_a_part_of_every_sunday_has_no_time_yet() -> None:
    found = when("every Sunday morning", THURSDAY_AT_THREE)
    assert found is not None
    assert (shown(found.at), found.days, found.timed) == ("Sun 29.11.2026 09:00", frozenset({6}), False)


@pytest.mark.parametrize(
    ("text", "hour", "expected"),
    [
        ("at seven", 22, "Fri 27.11.2026 07:00"),
        ("at seven", 15, "Fri 27.11.2026 07:00"),
        ("at half past six", 23, "Fri 27.11.2026 06:30"),
        ("at five", 15, "Thu 26.11.2026 17:00"),
        ("at seven pm", 15, "Thu 26.11.2026 19:00"),
        ("at ten", 9, "Thu 26.11.2026 10:00"),
        ("tomorrow at five", 15, "Fri 27.11.2026 05:00"),
        ("tomorrow at twelve", 15, "Fri 27.11.2026 12:00"),
        ("every weekday at six", 15, "Fri 27.11.2026 06:00"),
    ],
)
def test_whoever_wants_to_be_woken_means_the_morning_or_a_nap(text: str, hour: int, expected: str) -> None:
    found = when(text, THURSDAY_AT_THREE.replace(hour=hour), waking=True)
    assert found is not None
    assert shown(found.at) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "and",
        "at",
        "in",
        "morning",
        "may",
        "second",
        "seven eggs",
        "seven seven",
        "at seven at eight",
        "tomorrow tomorrow",
        "five minutes",
        "in five",
        "every other day",
        "every five minutes",
        "25:00",
        "7:60",
        "24:30",
        "13 pm",
        "0 am",
        "quarter past 25",
        "70 past seven",
        "on the 31st of June",
        "on the 32nd",
        "Friday the third of December",
        "eight in the evening in the morning",
        "16:00 in the morning",
        "in 99999 hours",
        "in twenty minutes tomorrow",
        "a hundred",
        "half",
        "o'clock",
        "tomorrow at seven or eight",
        "7:30:20",
        "seven%",
        "😀",
        "seven " * 400,
    ],
)
def test_what_is_not_wholly_a_time_is_none(text: str) -> None:
    assert when(text, THURSDAY_AT_THREE) is None


@given(st.text(max_size=130), moments)
def test_no_text_is_too_much(text: str, now: datetime) -> None:
    when(text, now)


WORDS = "at in the a of and every next on to past half quarter seven 12 30 3rd second may friday tomorrow morning pm"


@given(st.lists(st.sampled_from(WORDS.split()), max_size=7), moments, st.booleans())
def test_whatever_words_make_a_time_it_lies_ahead(words: list[str], now: datetime, waking: bool) -> None:
    found = when(" ".join(words), now, waking=waking)
    if found is not None and not found.timed and found.at.date() == now.date():
        return  # the day that has begun: "on the 3rd"
    if found is not None:
        assert found.at.timestamp() > now.timestamp()


@given(st.times(), moments)
def test_a_time_as_the_device_says_it_is_understood_within_half_a_day(said: time, now: datetime) -> None:
    text = spoken_time(said)
    found = when(text, now)
    assert found is not None
    assert found.at.minute == said.minute or found.at.utcoffset() != now.utcoffset()
    ahead = found.at.timestamp() - now.timestamp()
    whole_day = text in {"noon", "midnight"}
    assert 0 < ahead <= (25.5 if whole_day else 13.5) * 3600


@given(moments, st.integers(1, 300))
def test_a_date_as_the_device_says_it_is_that_date(now: datetime, ahead: int) -> None:
    day = now.date() + timedelta(ahead)
    found = when(spoken_date(day), now)
    assert found is not None
    assert (found.at.date(), found.timed) == (day, False)


@given(moments, st.sets(st.integers(0, 6), min_size=1), st.integers(0, 1439))
def test_the_next_occurrence_is_ahead_and_on_its_day(now: datetime, days: set[int], minute: int) -> None:
    found = next_on(frozenset(days), minute, now)
    assert 0 < found.timestamp() - now.timestamp() <= 8.1 * 86_400
    assert found.weekday() in days


@pytest.mark.parametrize(
    ("text", "now", "expected"),
    [
        # In the night of the 29th of March 2026 the clock goes from 02:00 to 03:00.
        ("tomorrow at seven am", "2026-03-28T22:00", "2026-03-29T07:00:00+02:00"),
        ("at half past two", "2026-03-29T01:00", "2026-03-29T03:30:00+02:00"),
        ("in two hours", "2026-03-29T01:30", "2026-03-29T04:30:00+02:00"),
        ("every day at seven", "2026-03-28T20:00", "2026-03-29T07:00:00+02:00"),
        # On the 25th of October it goes from 03:00 back to 02:00.
        ("at half past two", "2026-10-25T01:00", "2026-10-25T02:30:00+02:00"),
        ("at half past two", "2026-10-25T02:45", "2026-10-25T02:30:00+01:00"),
        ("in two hours", "2026-10-25T01:30", "2026-10-25T02:30:00+01:00"),
        ("tomorrow at seven am", "2026-10-24T22:00", "2026-10-25T07:00:00+01:00"),
    ],
)
def test_when_the_clocks_change(text: str, now: str, expected: str) -> None:
    found = when(text, datetime.fromisoformat(now).replace(tzinfo=BERLIN))
    assert found is not None
    assert found.at.isoformat() == expected


@pytest.mark.parametrize(
    ("text", "hour", "expected"),
    [
        ("at midnight", 0, "Fri 27.11.2026 00:00"),
        ("tonight at one", 0, "Thu 26.11.2026 01:00"),
        ("tonight at nine", 0, "Thu 26.11.2026 21:00"),
        ("at one at night", 0, "Thu 26.11.2026 01:00"),
        ("tomorrow at eight am", 0, "Fri 27.11.2026 08:00"),
        ("at twelve", 23, "Fri 27.11.2026 00:00"),
    ],
)
def test_around_midnight(text: str, hour: int, expected: str) -> None:
    found = when(text, THURSDAY_AT_THREE.replace(hour=hour))
    assert found is not None
    assert shown(found.at) == expected
