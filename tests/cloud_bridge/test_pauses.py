"""How long a provider asks to be left alone, in each of the ways in which it may say so."""

import pytest

from cloud_bridge.providers.pauses import asked_s

SUNDAY = "Sun, 06 Nov 1994 08:49:37 GMT"
LATER = "Sun, 06 Nov 1994 08:51:07 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "17"}, 17.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "999999999"}, 3600.0),
        ({"retry-after-ms": "1500", "retry-after": "2"}, 1.5),
        ({"retry-after": LATER, "date": SUNDAY}, 90.0),
        ({"retry-after": SUNDAY, "date": LATER}, 0.0),
        ({"retry-after": "Sun, 06 Nov 9999 08:49:37 GMT"}, 3600.0),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6m0s"}, 360.0),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "20ms"}, 0.02),
        ({"x-ratelimit-remaining-tokens": "7", "x-ratelimit-reset-tokens": "20ms"}, None),
        (
            {
                "x-ratelimit-remaining-requests": "0",
                "x-ratelimit-reset-requests": "1.5s",
                "x-ratelimit-remaining-tokens": "0",
                "x-ratelimit-reset-tokens": "1m2s",
            },
            62.0,
        ),
        ({"retry-after": "3", "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "1h"}, 3.0),
    ],
)
def test_what_is_asked_for_is_understood(headers: dict[str, str], seconds: float | None) -> None:
    assert asked_s(headers) == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize("junk", ["", "-1", "nan", "inf", "soon", "1e9", "9" * 400, "٣", "Sun, 99 Nov", "\x00"])
def test_junk_asks_for_nothing(junk: str) -> None:
    headers = {"retry-after": junk, "retry-after-ms": junk, "date": junk, "x-ratelimit-remaining-requests": "0"}
    assert asked_s(headers | {"x-ratelimit-reset-requests": junk}) is None
