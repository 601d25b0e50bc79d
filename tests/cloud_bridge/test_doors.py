"""The bridge's doors as its settings want them: what it shows, under which name, and that it stays good."""

import ssl
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from time import time

import pytest
from cryptography import x509
from door_parts import House, house, let_in

from cloud_bridge.authority import Authority
from cloud_bridge.broker_door import DoorError
from cloud_bridge.config import BridgeConfig
from cloud_bridge.doors import Doors, site_of, stale
from cloud_bridge.private import write_private
from cloud_bridge.registry import Credential

DAY = 86400.0


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path) as ours:
        yield ours


def config(state: Path, **sections: dict[str, object]) -> BridgeConfig:
    return BridgeConfig.model_validate({"state": state, **sections})


def certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def test_a_bridge_with_a_password_on_this_machine_has_no_authority_and_lets_nobody_in(tmp_path: Path) -> None:
    with closing(Doors(config(tmp_path, broker={"username": "bridge.main"}))) as doors:
        assert doors.tls() is None
        assert list(doors.routes()) == []
        assert doors.site("http://127.0.0.1:8791") == "http://127.0.0.1:8791"
        assert doors.welcome("lamp")
        assert (doors.weight("lamp"), doors.level("lamp"), doors.purse("lamp")) == (1.0, "standard", None)
    assert not (tmp_path / "authority").exists()


def test_what_it_shows_is_its_own_authoritys_unless_the_operator_has_his_own(ours: House, tmp_path: Path) -> None:
    with closing(Doors(config(ours.state, broker={"tls": True}, tls={}))) as doors:
        files = doors.broker_files()
        assert files.ca_file == ours.authority.directory / "authority.pem"
        assert files.cert_file is not None
        assert certificate(files.cert_file).subject.rfc4514_string() == "CN=bridge.main"
        assert doors.tls() is not None
        assert doors.site("https://127.0.0.1:8791") == "https://localhost:8791"
    mine = tmp_path / "mine.pem"
    write_private(mine, Authority(tmp_path / "elsewhere").server(["b.example.org"]))
    settings = config(
        ours.state,
        broker={"tls": True, "ca_file": "ca.pem", "cert_file": "bridge.pem"},
        tls={"cert_file": str(mine), "hosts": ["b.example.org"]},
    )
    with closing(Doors(settings)) as doors:
        files = doors.broker_files()
        assert (files.ca_file, files.cert_file) == (Path("ca.pem"), Path("bridge.pem"))
        assert doors.tls() is not None
        assert doors.site("https://127.0.0.1:8791") == "https://b.example.org:8791"


def test_a_certificate_that_can_not_be_used_is_one_sentence(tmp_path: Path) -> None:
    broken = tmp_path / "broken.pem"
    broken.write_text("no certificate")
    for path in (broken, tmp_path / "missing.pem"):
        with (
            closing(Doors(config(tmp_path, broker={"username": "x"}, tls={"cert_file": str(path)}))) as doors,
            pytest.raises(DoorError, match=r"^The certificate .* or its key can't be used: [^\n]+\.$"),
        ):
            doors.tls()


def test_who_listens_everywhere_must_say_under_what_name_he_is_known(tmp_path: Path) -> None:
    everywhere: dict[str, object] = {"host": "0.0.0.0"}
    with pytest.raises(DoorError, match=r"^tls\.hosts must say under what name"):
        Doors(config(tmp_path, media=everywhere, tls={}))
    named = config(tmp_path, media=everywhere, tls={"hosts": ["b.example.org"]})
    assert site_of(named) == "https://b.example.org:8791"
    public = config(tmp_path, media=everywhere | {"public_url": "https://pictures.example.org/"}, tls={})
    assert site_of(public) == "https://pictures.example.org"
    assert site_of(config(tmp_path, tls={"hosts": ["2001:db8::1"]})) == "https://[2001:db8::1]:8791"


def test_its_own_certificates_are_renewed_while_it_runs_and_not_before(ours: House) -> None:
    paths = [ours.authority.directory / name for name in ("bridge.pem", "site.pem")] + [
        ours.door.directory / "server.pem"
    ]
    with closing(Doors(config(ours.state, broker={"tls": True}, tls={}))) as doors:
        context = doors.tls()
        assert isinstance(context, ssl.SSLContext)
        before = [path.read_bytes() for path in paths]
        doors._renew_own()
        assert [path.read_bytes() for path in paths] == before
        assert doors._authority is not None
        doors._authority.now = lambda: time() + 500 * DAY
        doors._renew_own()
        for path, old in zip(paths, before, strict=True):
            assert path.read_bytes() != old
            assert certificate(path).not_valid_after_utc.timestamp() > time() + 700 * DAY


def test_a_certificate_is_stale_for_a_name_that_it_lacks(ours: House, tmp_path: Path) -> None:
    path = tmp_path / "site.pem"
    assert stale(ours.authority, path)
    path.write_text("spoilt")
    assert stale(ours.authority, path)
    write_private(path, ours.authority.server(["b.example.org", "192.0.2.7"]))
    assert not stale(ours.authority, path, hosts=("192.0.2.7",))
    assert stale(ours.authority, path, hosts=("c.example.org",))


def test_what_the_operator_says_of_a_device_counts(ours: House) -> None:
    let_in(ours, "lamp", Credential("one", "token", "x", time()), household="smith", weight=2.0, moderation="child")
    with closing(Doors(config(ours.state, broker={"tls": True}))) as doors:
        assert doors.welcome("lamp")
        assert (doors.weight("lamp"), doors.level("lamp")) == (2.0, "child")
        assert doors.purse("lamp") == ("smith", "standard")
        ours.registry.revoke("lamp")
        doors.registry._looked_at = float("-inf")  # a second later
        assert not doors.welcome("lamp")


def test_while_the_registry_can_not_be_read_what_it_said_last_counts(
    ours: House, caplog: pytest.LogCaptureFixture
) -> None:
    let_in(ours, "lamp", Credential("one", "token", "x", time()), moderation="child")
    with closing(Doors(config(ours.state, broker={"tls": True}))) as doors:
        assert doors.level("lamp") == "child"
        doors.registry._database.close()
        doors.registry._looked_at = float("-inf")
        assert doors.welcome("lamp")
        assert doors.level("lamp") == "child"
        assert doors.weight("clock") == 1.0
    assert "can't be used" in caplog.text
