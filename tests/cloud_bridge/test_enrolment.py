"""Letting devices in by HTTPS: what a code opens, what it doesn't, and how a certificate is renewed."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from time import time
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from door_parts import House, house, signing_request

from cloud_bridge.admission import ENROL_PATH, MAX_ADMISSION_BYTES, Code, new_code
from cloud_bridge.authority import Authority, private_pem
from cloud_bridge.enrolment import BURST, EVERY_S, Enrolment
from cloud_bridge.listen import serve
from cloud_bridge.registry import as_wished
from cloud_bridge.turnstile import Turnstile
from device import enrolment
from device.config import load_config
from device.enrolled import read_enrolled
from device.enrolment import EnrolmentError, enrol, is_due, read_address, read_typed_code, renew, stay_enrolled
from nightjar.commands import doctor


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def site_of(ours: House, *, clock: Clock | None = None, authority: Authority | None = None) -> AsyncIterator[str]:
    """The house's site, by HTTPS; with another `authority` it is somebody who pretends to be it."""
    at_the_door = Enrolment(
        registry=ours.registry,
        authority=authority or ours.authority,
        door=lambda: ours.door,
        bridge="main",
        media_hosts=("localhost",),
        now=clock or Clock(),
    )
    certificate = ours.state / "site.pem"
    certificate.write_bytes((authority or ours.authority).server(["localhost"]))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    app = web.Application()
    app.add_routes(at_the_door.routes())
    async with serve(app, host="127.0.0.1", port=0, tls=context) as url:
        yield url.replace("127.0.0.1", "localhost")


@pytest.fixture
async def ours(tmp_path: Path) -> AsyncIterator[House]:
    with house(tmp_path / "bridge") as ours:
        yield ours


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    return home


def invite(ours: House, name: str = "lamp", **more: Any) -> Code:
    code = new_code(ours.authority.der)
    ours.registry.invite(as_wished(None, name), code, **more)
    return code


async def post(url: str, body: bytes) -> tuple[int, dict[str, Any]]:
    async with aiohttp.ClientSession() as session, session.post(url, data=body, ssl=False) as answer:
        return answer.status, await answer.json()


def a_request() -> str:
    return signing_request(ec.generate_private_key(ec.SECP256R1())).decode()


async def test_a_device_comes_in_once_and_finds_its_settings_made(ours: House, home: Path) -> None:
    code = invite(ours)
    async with site_of(ours) as site:
        enrolled = await enrol(home, site, read_typed_code(str(code).lower()))
        assert enrolled.device == "lamp"
        with pytest.raises(EnrolmentError, match=r"^This code is wrong, was used already, or is too old"):
            await enrol(home, site, code)
    broker = load_config(home).broker
    assert (broker.host, broker.port, broker.tls, broker.device) == ("localhost", ours.door.port, True, "lamp")
    assert broker.cert_file is not None
    present = x509.load_pem_x509_certificate(broker.cert_file.read_bytes())
    serial = ours.authority.serial_if_ours(present)
    assert serial == ours.registry.credentials("lamp")[0].id
    assert broker.ca_file is not None
    assert broker.ca_file.read_bytes() == ours.authority.pem
    for path in (home / "enrolment", *(home / "enrolment").iterdir()):
        assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("days", "sentence"),
    [(365, "the bridge main knows this device as lamp, until 20"), (-1, "certificate for the bridge main has expired")],
)
async def test_doctor_says_until_when_a_device_is_known(
    ours: House,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    days: float,
    sentence: str,
) -> None:
    monkeypatch.setenv("NIGHTJAR_HOME", str(home))
    assert list(doctor.let_in()) == []
    admit = ours.authority.admit_device
    monkeypatch.setattr(ours.authority, "now", lambda: time() + min(days, 0) * 86400 - 3600 * 24)
    monkeypatch.setattr(ours.authority, "admit_device", lambda *what: admit(*what, days=abs(days)))
    async with site_of(ours) as site:
        await enrol(home, site, invite(ours))
    (finding,) = doctor.let_in()
    assert sentence in finding.what
    assert finding.ok is (days > 0)


async def test_own_settings_of_a_broker_go_before_what_a_bridge_said(ours: House, home: Path) -> None:
    async with site_of(ours) as site:
        await enrol(home, site, invite(ours))
    (home / "config.toml").write_text('name = "kitchen"\n')
    assert load_config(home).broker.device == "lamp"
    (home / "config.toml").write_text('[broker]\nhost = "elsewhere"\n')
    assert load_config(home).broker.host == "elsewhere"
    assert load_config(home).broker.cert_file is None


async def test_who_stands_between_learns_nothing(
    ours: House, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    exchange = enrolment._exchange

    async def listening(method: str, url: str, **more: Any) -> tuple[int, bytes]:
        said.append(method)
        return await exchange(method, url, **more)

    monkeypatch.setattr(enrolment, "_exchange", listening)
    code = invite(ours)
    async with site_of(ours, authority=Authority(tmp_path / "between")) as site:
        with pytest.raises(EnrolmentError, match=r"^Nothing was sent: this code doesn't fit the bridge at https://"):
            await enrol(home, site, code)
    assert said == ["GET"]
    assert load_config(home).broker.host == ""
    assert not ours.registry.devices()[0].welcome


async def test_a_site_that_shows_the_right_authority_but_is_not_it_gets_no_code(
    ours: House, home: Path, tmp_path: Path
) -> None:
    pretends = Authority(tmp_path / "between")
    real_pem, pretends.pem = pretends.pem, ours.authority.pem  # what it hands out, not what it signs with
    assert real_pem != pretends.pem
    async with site_of(ours, authority=pretends) as site:
        with pytest.raises(EnrolmentError, match="has no certificate for that name that could be trusted"):
            await enrol(home, site, invite(ours))
    assert not ours.registry.devices()[0].welcome


async def test_a_bridge_that_names_another_authority_afterwards_is_not_believed(
    ours: House, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Authority(tmp_path / "between")
    ask = enrolment._ask

    async def another(url: str, asked: Any, authority_pem: str) -> Any:
        admission = await ask(url, asked, authority_pem)
        return admission.model_copy(update={"authority": admission.authority + other.pem.decode()})

    monkeypatch.setattr(enrolment, "_ask", another)
    async with site_of(ours) as site:
        with pytest.raises(EnrolmentError, match=r"^The bridge names another authority"):
            await enrol(home, site, invite(ours))
    assert not (home / "enrolment").exists()


async def test_a_mistyped_code_costs_no_try(ours: House, home: Path) -> None:
    code = invite(ours)
    wrong = Code(code.selector, code.secret[::-1] if code.secret != code.secret[::-1] else "00000000", code.check)
    async with site_of(ours) as site:
        for _ in range(6):
            with pytest.raises(EnrolmentError, match="mistyped"):
                await enrol(home, site, wrong)
        await enrol(home, site, code)


async def test_guessing_at_the_bridge_ends_after_five_tries(ours: House, home: Path) -> None:
    code = invite(ours)
    guess = {"selector": code.selector, "secret": "00000000", "request": a_request()}
    clock = Clock()
    async with site_of(ours, clock=clock) as site:
        for _ in range(5):
            clock.now += 60
            assert (await post(site + ENROL_PATH, json.dumps(guess).encode()))[0] == 403
        with pytest.raises(EnrolmentError, match="This code is wrong"):
            await enrol(home, site, code)


async def test_who_knocks_too_often_has_to_wait(ours: House) -> None:
    clock = Clock()
    async with site_of(ours, clock=clock) as site:
        statuses = [(await post(site + ENROL_PATH, b"{}"))[0] for _ in range(BURST + 1)]
        assert statuses == [400] * BURST + [429]
        clock.now += EVERY_S
        assert (await post(site + ENROL_PATH, b"{}"))[0] == 400


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"\xff",
        b"{" * 5000,
        json.dumps({"selector": "0000", "secret": "00000000", "request": 7}).encode(),
        json.dumps({"selector": "00000", "secret": "00000000", "request": ""}).encode(),
        b"x" * (MAX_ADMISSION_BYTES + 1),
    ],
)
async def test_nonsense_is_refused_in_one_sentence(ours: House, body: bytes) -> None:
    async with site_of(ours) as site:
        for path in ("/enrol", "/enrol/renew"):
            status, answer = await post(site + path, body)
            assert status in (400, 413)
            assert answer["error"].endswith(".")


async def test_a_request_that_is_none_does_not_use_up_the_code(ours: House, home: Path) -> None:
    code = invite(ours)
    wish = {"selector": code.selector, "secret": code.secret, "request": "-----BEGIN CERTIFICATE REQUEST-----"}
    async with site_of(ours) as site:
        assert (await post(site + ENROL_PATH, json.dumps(wish).encode()))[0] == 400
        await enrol(home, site, code)


async def test_a_token_is_kept_at_the_device_alone(ours: House, home: Path) -> None:
    async with site_of(ours) as site:
        await enrol(home, site, invite(ours, kind="token"))
    broker = load_config(home).broker
    assert (broker.username, broker.port, broker.cert_file) == ("lamp", ours.door.token_port, None)
    assert broker.password is not None
    assert len(broker.password) >= 43  # 256 bits
    assert "lamp:$7$" in (ours.door.directory / "passwords").read_text()
    for path in ours.state.rglob("*"):
        assert path.is_dir() or broker.password.encode() not in path.read_bytes()


async def test_a_certificate_is_renewed_with_a_new_key_while_the_bridge_is_there(ours: House, home: Path) -> None:
    identity = home / "enrolment" / "identity.pem"
    async with site_of(ours) as site:
        enrolled = await enrol(home, site, invite(ours))
        before = identity.read_bytes()
        begin = x509.load_pem_x509_certificate(before).not_valid_before_utc.timestamp()
        assert not is_due(home, begin + 240 * 86400)
        later = begin + 250 * 86400
        assert is_due(home, later)
        asked: list[str] = []
        async with staying(home, online=lambda: bool(asked.append("is it there?")), now=later):
            await until(lambda: asked)
        assert identity.read_bytes() == before
        async with staying(home, online=lambda: True, now=later):
            await until(lambda: identity.read_bytes() != before)
        after = x509.load_pem_x509_certificate(identity.read_bytes())
        assert after.public_key() != x509.load_pem_x509_certificate(before).public_key()
        serials = {credential.id for credential in ours.registry.credentials("lamp")}
        assert f"{after.serial_number:x}" in serials
        assert len(serials) == 2
        await renew(home, enrolled)
        assert len(ours.registry.credentials("lamp")) == 2
        assert ours.registry.whose(f"{x509.load_pem_x509_certificate(before).serial_number:x}") is None


@asynccontextmanager
async def staying(home: Path, *, online: Callable[[], bool], now: float) -> AsyncIterator[None]:
    task = asyncio.create_task(stay_enrolled(home, online=online, now=lambda: now))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(done: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not done():  # noqa: ASYNC110 - a file tells nobody that it has changed
            await asyncio.sleep(0.02)


async def test_who_was_revoked_gets_no_new_certificate(ours: House, home: Path) -> None:
    async with site_of(ours) as site:
        enrolled = await enrol(home, site, invite(ours))
        ours.registry.revoke("lamp")
        with pytest.raises(EnrolmentError, match=r"^This certificate doesn't count here"):
            await renew(home, enrolled)


async def test_a_certificate_without_its_key_renews_nothing(ours: House, home: Path) -> None:
    async with site_of(ours) as site:
        enrolled = await enrol(home, site, invite(ours))
        identity = home / "enrolment" / "identity.pem"
        _, certificate = identity.read_text().split("-----END PRIVATE KEY-----\n")
        identity.write_text(private_pem(ec.generate_private_key(ec.SECP256R1())).decode() + certificate)
        with pytest.raises(EnrolmentError, match=r"^This certificate doesn't count here"):
            await renew(home, enrolled)


async def test_no_secret_is_in_any_log(ours: House, home: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    code = invite(ours, kind="token")
    async with site_of(ours) as site:
        await enrol(home, site, code)
        with pytest.raises(EnrolmentError):
            await enrol(home, site, code)
    enrolled = read_enrolled(home)
    assert enrolled is not None
    assert enrolled.token is not None
    assert enrolled.token not in repr(enrolled)
    for secret in (code.secret, enrolled.token, str(code)):
        assert secret not in caplog.text
    assert "lamp was let in" in caplog.text


@pytest.mark.parametrize("site", ["http://bridge.example.org", "bridge.example.org", "https://", "ftp://localhost", ""])
async def test_an_address_without_tls_is_not_asked(home: Path, site: str) -> None:
    with pytest.raises(EnrolmentError, match=r"^The bridge's address must begin with https://"):
        await enrol(home, site, new_code(b"x"))


async def test_who_speaks_no_plain_http_is_told_to_be_no_bridge(ours: House, home: Path) -> None:
    async with site_of(ours) as site:
        plain = site.replace("https://", "http://")
        with pytest.raises(EnrolmentError, match=r"doesn't answer as a bridge does: is http:// right\?$"):
            await enrol(home, plain, new_code(b"x"))


def test_the_qr_code_says_site_and_code() -> None:
    site, code = read_address("nightjar://enrol?site=https%3A%2F%2Fb.example.org%3A8791&code=7K3M-XQ9P-4TWH-2B8C")
    assert (site, str(code)) == ("https://b.example.org:8791", "7K3M-XQ9P-4TWH-2B8C")
    for wrong in ("https://b.example.org", "nightjar://enrol?site=x", "nightjar://pair?site=x&code=y", "x" * 5000):
        with pytest.raises(EnrolmentError, match=r"^That is not what nightjar bridge enrol shows"):
            read_address(wrong)


async def test_who_is_not_there_is_one_sentence(home: Path) -> None:
    with pytest.raises(EnrolmentError, match=r"^127\.0\.0\.1:1 can't be reached\.$"):
        await enrol(home, "https://127.0.0.1:1", new_code(b"x"))


def test_a_turnstile_forgets_the_oldest_and_counts_a_network_as_one() -> None:
    clock = Clock()
    turnstile = Turnstile(burst=2, every_s=10, now=clock, most=2)
    assert [turnstile.wait_s("192.0.2.1") for _ in range(3)] == [0, 0, 10]
    assert [turnstile.wait_s(f"2001:db8::{host}") for host in range(3)] == [0, 0, 10]
    assert turnstile.wait_s("192.0.2.2") == 0
    assert turnstile.wait_s("192.0.2.1") == 0  # forgotten
    assert len(turnstile._free_at) == 2
    clock.now += 10
    assert [turnstile.wait_s("192.0.2.2") for _ in range(3)] == [0, 0, 10]
