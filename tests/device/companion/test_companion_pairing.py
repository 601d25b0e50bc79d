"""Pairing: one-time links, sessions, and what is written down of them."""

import json
import stat
from pathlib import Path

import pytest

from device.companion.pairing import (
    ATTEMPTS_PER_MINUTE,
    LINK_LIFE_S,
    MAX_SESSIONS,
    Pairing,
    PairingLink,
    PairingRefused,
    TooManyAttempts,
)


class Wall:
    """Unix time that the test sets."""

    def __init__(self) -> None:
        self.seconds = 1_790_000_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "companion-sessions.json"


@pytest.fixture
def pairing(path: Path, wall: Wall) -> Pairing:
    return Pairing(path=path, base_url=lambda: "http://192.168.1.20:8765", now=wall)


def token_of(link: PairingLink) -> str:
    return link.url.partition("#pair=")[2]


def redeem(pairing: Pairing, token: str, address: str = "192.168.1.7") -> str:
    return pairing.redeem(token, address=address, name="A phone")


def test_a_link_names_the_device_and_carries_256_bits_in_its_fragment(pairing: Pairing, wall: Wall) -> None:
    link = pairing.new_link()
    assert link.url.startswith("http://192.168.1.20:8765/#pair=")
    assert len(token_of(link)) == 43  # 32 bytes in base64 without padding
    assert link.expires_at == wall.seconds + LINK_LIFE_S
    assert link.qr_svg.startswith("<svg")
    assert "█" in link.qr_terminal or "▀" in link.qr_terminal


def test_a_redeemed_link_gives_a_session_that_is_known_afterwards(pairing: Pairing) -> None:
    cookie = redeem(pairing, token_of(pairing.new_link()))
    session = pairing.session(cookie)
    assert session is not None
    assert session.name == "A phone"


def test_a_link_works_once(pairing: Pairing) -> None:
    token = token_of(pairing.new_link())
    redeem(pairing, token)
    with pytest.raises(PairingRefused, match="not valid any more"):
        redeem(pairing, token)


def test_a_link_works_for_ten_minutes(pairing: Pairing, wall: Wall) -> None:
    token = token_of(pairing.new_link())
    wall.seconds += LINK_LIFE_S + 1
    with pytest.raises(PairingRefused):
        redeem(pairing, token)


def test_a_new_link_ends_the_one_before(pairing: Pairing) -> None:
    old = token_of(pairing.new_link())
    new = token_of(pairing.new_link())
    with pytest.raises(PairingRefused):
        redeem(pairing, old)
    redeem(pairing, new)


@pytest.mark.parametrize("guess", ["", "x", "\ud800", "ä" * 50])
def test_nothing_is_let_in_while_no_link_was_made(pairing: Pairing, guess: str) -> None:
    with pytest.raises(PairingRefused):
        redeem(pairing, guess)


def test_an_address_that_guesses_has_to_wait_and_others_do_not(pairing: Pairing, wall: Wall) -> None:
    token = token_of(pairing.new_link())
    for _ in range(ATTEMPTS_PER_MINUTE):
        with pytest.raises(PairingRefused):
            redeem(pairing, "wrong", "10.0.0.66")
    with pytest.raises(TooManyAttempts):
        redeem(pairing, token, "10.0.0.66")
    redeem(pairing, token, "10.0.0.7")
    wall.seconds += 61
    with pytest.raises(PairingRefused):
        redeem(pairing, token, "10.0.0.66")


@pytest.mark.parametrize("spoil", [lambda c: c[:-1], lambda c: c + "x", lambda c: "0" + c, lambda _: "", lambda _: "."])
def test_a_cookie_that_was_changed_is_no_session(pairing: Pairing, spoil) -> None:
    cookie = redeem(pairing, token_of(pairing.new_link()))
    assert pairing.session(spoil(cookie)) is None


def test_a_revoked_phone_is_out_also_after_a_restart(pairing: Pairing, path: Path) -> None:
    kept = redeem(pairing, token_of(pairing.new_link()))
    lost = redeem(pairing, token_of(pairing.new_link()))
    session = pairing.session(lost)
    assert session is not None
    assert pairing.revoke(session.id)
    assert not pairing.revoke(session.id)
    again = Pairing(path=path, base_url=lambda: "")
    for state in (pairing, again):
        assert state.session(lost) is None
        assert state.session(kept) is not None


def test_the_file_is_for_its_owner_and_holds_no_secret(pairing: Pairing, path: Path) -> None:
    cookie = redeem(pairing, token_of(pairing.new_link()))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert cookie.partition(".")[2] not in path.read_text()


@pytest.mark.parametrize("damaged", ["", "{", "[1]", '[{"id": "a"}]', '{"a": "b"}', "\x00"])
def test_a_damaged_file_pairs_nobody(path: Path, damaged: str) -> None:
    path.write_text(damaged)
    assert Pairing(path=path, base_url=lambda: "").sessions() == ()


def test_the_phone_that_was_paired_first_makes_room(pairing: Pairing, wall: Wall, path: Path) -> None:
    cookies = []
    for number in range(MAX_SESSIONS + 1):
        wall.seconds += 1
        cookies.append(redeem(pairing, token_of(pairing.new_link()), f"10.0.1.{number}"))
    assert pairing.session(cookies[0]) is None
    assert all(pairing.session(cookie) for cookie in cookies[1:])
    assert len(json.loads(path.read_text())) == MAX_SESSIONS
