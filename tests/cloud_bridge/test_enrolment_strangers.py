"""Whatever a stranger sends to where devices are let in: one plain refusal, and nobody is in who should not be."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from door_parts import House, house, let_in, signing_request

from cloud_bridge.admission import ALPHABET, Admission, new_code
from cloud_bridge.authority import AuthorityError
from cloud_bridge.enrolment import Enrolment, Refused
from cloud_bridge.registry import Credential, as_wished

ODD: tuple[Any, ...] = (None, 7, 10**400, "", "\ud800", "é", ["x"], {"x": []}, "x" * 9000)


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path) as ours:
        yield ours


def at_the_door(ours: House) -> Enrolment:
    return Enrolment(
        registry=ours.registry,
        authority=ours.authority,
        door=lambda: ours.door,
        bridge="main",
        media_hosts=("localhost",),
    )


def spoilt(message: dict[str, str], chance: Random, *names: str) -> bytes:
    """The message with one thing in it (of `names`) changed a little, cut off, doubled, or odd; or cut off itself."""
    name = chance.choice(names)
    text = message[name]
    at = chance.randrange(len(text))
    other = chance.choice([letter for letter in "abcXYZ019+/=-\n" if letter != text[at]])
    changed = chance.choice((text[:at] + other + text[at + 1 :], text[:at], text + text, chance.choice(ODD)))
    body = json.dumps(message | {name: changed}).encode()
    return body[: chance.randrange(len(body))] if chance.random() < 0.2 else body


def granted(grant: Callable[[bytes], Admission], body: bytes) -> Admission | str:
    """What comes of it: an admission, or the sentence of its refusal. Anything else is a fault."""
    try:
        return grant(body)
    except (Refused, AuthorityError) as refusal:
        return str(refusal)


def test_a_renewal_that_is_nearly_right_is_refused_or_changes_nothing_of_whose_it_is(ours: House) -> None:
    key, door, chance = ec.generate_private_key(ec.SECP256R1()), at_the_door(ours), Random(6)
    signed = ours.authority.admit_device("lamp", signing_request(key))
    let_in(ours, "lamp", Credential(signed.serial, "certificate", "x", signed.issued_at, signed.expires_at))
    request = signing_request(ec.generate_private_key(ec.SECP256R1())).decode()
    right = {
        "certificate": signed.pem.decode(),
        "request": request,
        "signature": key.sign(request.encode(), ec.ECDSA(hashes.SHA256())).hex(),
    }
    refused = 0
    for _ in range(300):
        outcome = granted(door._renew, spoilt(right, chance, *right))
        if isinstance(outcome, Admission):  # PEM lets a second copy or a changed dash pass; the rest must be as it was
            assert outcome.device == "lamp"
        else:
            refused += 1
            assert outcome.endswith(".")
            assert "\n" not in outcome
    assert refused > 200
    assert isinstance(granted(door._renew, json.dumps(right).encode()), Admission)


def test_a_code_that_is_nearly_right_lets_nobody_in(ours: House) -> None:
    door, chance = at_the_door(ours), Random(6)
    request = signing_request(ec.generate_private_key(ec.SECP256R1())).decode()
    for code in [new_code(ours.authority.der) for _ in range(10)]:
        ours.registry.invite(as_wished(None, "lamp"), code)
        at = chance.randrange(8)
        other = chance.choice([letter for letter in ALPHABET if letter != code.secret[at]])
        wrong = {
            "selector": code.selector,
            "secret": code.secret[:at] + other + code.secret[at + 1 :],
            "request": request,
        }
        for body in (json.dumps(wrong).encode(), *(spoilt(wrong, chance, "selector", "request") for _ in range(3))):
            assert isinstance(granted(door._enrol, body), str)
        assert not ours.registry.devices()[0].welcome
    last = new_code(ours.authority.der)
    ours.registry.invite(as_wished(None, "lamp"), last)
    right = {"selector": last.selector, "secret": last.secret, "request": request}
    assert isinstance(granted(door._enrol, json.dumps(right).encode()), Admission)
