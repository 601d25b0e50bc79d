"""Who may talk: codes that open once, and what the command line writes while the bridge runs."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloud_bridge import registry as registry_module
from cloud_bridge.admission import Code, CodeError, new_code, read_code
from cloud_bridge.registry import CODE_TRIES, CODE_VALID_S, Credential, Registry, RegistryError, as_wished

DER = b"the authority's certificate"


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def registry(tmp_path: Path, clock: Clock) -> Iterator[Registry]:
    registry = Registry(tmp_path / "devices.sqlite", now=clock)
    yield registry
    registry.close()


def invite(registry: Registry, name: str = "lamp", **wishes) -> Code:
    code = new_code(DER)
    registry.invite(as_wished(registry.device(name), name, **wishes), code)
    return code


def certificate(number: str = "a1", *, days: float = 365) -> Credential:
    return Credential(number, "certificate", f"fingerprint of {number}", 1_000_000.0, 1_000_000.0 + days * 86400)


def enrol(registry: Registry, name: str = "lamp", credential: Credential | None = None) -> None:
    code = invite(registry, name)
    invited = registry.try_code(code.selector, code.secret)
    assert invited is not None
    registry.admit(invited, credential or certificate())


def test_a_code_opens_once(registry: Registry) -> None:
    code = invite(registry)
    first, second = (registry.try_code(code.selector, code.secret) for _ in range(2))
    assert first is not None
    assert second is not None
    assert not registry.devices()[0].welcome
    registry.admit(first, certificate())
    assert registry.devices()[0].welcome
    with pytest.raises(RegistryError, match="used already"):
        registry.admit(second, certificate("b2"))
    assert registry.try_code(code.selector, code.secret) is None
    assert [credential.id for credential in registry.credentials("lamp")] == ["a1"]


def test_a_code_may_be_guessed_at_five_times_and_no_more(registry: Registry) -> None:
    code = invite(registry)
    for _ in range(CODE_TRIES):
        assert registry.try_code(code.selector, "00000000") is None
    assert registry.try_code(code.selector, code.secret) is None


def test_a_code_is_good_for_a_quarter_of_an_hour(registry: Registry, clock: Clock) -> None:
    code = invite(registry)
    clock.now += CODE_VALID_S - 1
    assert registry.try_code(code.selector, code.secret) is not None
    clock.now += 1
    assert registry.try_code(code.selector, code.secret) is None


def test_only_the_newest_code_of_a_device_counts(registry: Registry) -> None:
    old, new = invite(registry), invite(registry)
    assert registry.try_code(old.selector, old.secret) is None
    assert registry.try_code(new.selector, new.secret) is not None


def test_no_code_lies_in_the_file(registry: Registry, tmp_path: Path) -> None:
    code = invite(registry)
    for path in tmp_path.glob("devices.sqlite*"):
        assert code.secret.encode() not in path.read_bytes()
    assert (tmp_path / "devices.sqlite").stat().st_mode & 0o077 == 0
    assert code.secret not in repr(code)


def test_a_code_is_understood_however_it_is_typed() -> None:
    code = read_code("7k3m xq9p-4twh 2b8c")
    assert str(code) == "7K3M-XQ9P-4TWH-2B8C"
    assert read_code("O1li-0000-0000-0000") == read_code("0111-0000-0000-0000")
    for wrong in ("", "7K3M", "7K3M-XQ9P-4TWH-2B8U", "7K3M-XQ9P-4TWH-2B8C-7K3M", "ⅦK3M-XQ9P-4TWH-2B8C"):
        with pytest.raises(CodeError, match=r"^A code has sixteen letters and digits"):
            read_code(wrong)


def test_a_code_vouches_for_its_own_authority_alone() -> None:
    code = new_code(DER)
    assert code.vouches_for(DER)
    others = sum(code.vouches_for(f"another {number}".encode()) for number in range(1000))
    assert others <= 1  # one in a million each
    assert not Code(code.selector, "00000000", code.check).vouches_for(DER)


def test_what_the_operator_does_not_say_stays_as_it_was(registry: Registry) -> None:
    invite(registry, household="smith", weight=3.0, moderation="child")
    assert registry.devices()[0].household == "smith"
    registry.invite(as_wished(registry.devices()[0], "lamp", weight=2.0), new_code(DER))
    lamp = registry.devices()[0]
    assert (lamp.household, lamp.weight, lamp.moderation, lamp.budget) == ("smith", 2.0, "child", "standard")
    assert as_wished(None, "clock").household == "clock"


def test_what_another_process_writes_is_seen(
    registry: Registry, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry_module, "LOOKED_AT_S", 0.0)
    assert registry.device("lamp") is None
    other = Registry(tmp_path / "devices.sqlite", now=clock)
    enrol(other)
    lamp = registry.device("lamp")
    assert lamp is not None
    assert lamp.welcome
    other.revoke("lamp")
    other.close()
    lamp = registry.device("lamp")
    assert lamp is not None
    assert not lamp.welcome


def test_who_is_revoked_has_nothing_left_until_he_is_invited_again(registry: Registry, clock: Clock) -> None:
    enrol(registry)
    code = invite(registry)
    registry.revoke("lamp")
    assert registry.whose("a1") is None
    assert registry.revoked_certificates() == ("a1",)
    assert registry.try_code(code.selector, code.secret) is None
    enrol(registry, credential=certificate("b2"))
    welcomed = registry.whose("b2")
    assert welcomed is not None
    assert welcomed.welcome
    assert registry.whose("a1") is None
    clock.now += 366 * 86400  # no need to list what has expired
    assert registry.revoked_certificates() == ()
    with pytest.raises(RegistryError, match=r"^There is no device called 'clock'\.$"):
        registry.revoke("clock")


def test_who_comes_again_with_a_code_loses_what_he_had(registry: Registry) -> None:
    enrol(registry)
    enrol(registry, credential=Credential("t1", "token", "$7$…", 1_000_001.0))
    assert registry.token_hashes() == {"lamp": "$7$…"}
    assert registry.revoked_certificates() == ("a1",)


def test_a_renewal_that_was_cut_off_can_be_made_again(registry: Registry) -> None:
    enrol(registry)
    lamp = registry.whose("a1")
    assert lamp is not None
    registry.renew(lamp, "a1", certificate("b2"))  # the answer is lost
    registry.renew(lamp, "a1", certificate("c3"))
    assert registry.whose("b2") is None
    registry.renew(lamp, "c3", certificate("d4"))
    assert {credential.id for credential in registry.credentials("lamp")} == {"c3", "d4"}


def test_a_file_of_a_newer_version_or_of_none_is_one_sentence(tmp_path: Path) -> None:
    newer = tmp_path / "newer.sqlite"
    with sqlite3.connect(newer) as database:
        database.execute("PRAGMA user_version = 9")
    with pytest.raises(RegistryError, match="newer version"):
        Registry(newer)
    broken = tmp_path / "broken.sqlite"
    broken.write_bytes(b"not a database at all" * 100)
    with pytest.raises(RegistryError, match="can't be used"):
        Registry(broken)
