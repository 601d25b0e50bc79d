"""`nightjar bridge spending`."""

import json
from pathlib import Path

import pytest

from cloud_bridge.accounts import Accounts, Terms
from cloud_bridge.ledger import Ledger
from cloud_bridge.protocol import Usage
from nightjar.cli import main


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NIGHTJAR_HOME", str(tmp_path))
    (tmp_path / "bridge").mkdir()
    return tmp_path


async def spend(state: Path) -> None:
    """One job of the lamp's, of 0.25 dollars."""
    accounts = Accounts(terms=lambda _device: Terms(household="smith"), now=lambda: 1_800_000_000.0)
    ledger = Ledger(state / "ledger.sqlite", accounts=accounts)
    await ledger.accept(device="lamp", job="1", body=b"", expires_at=1, now=0)
    entry = await ledger.claim(now=0)
    assert entry is not None
    await ledger.end(entry, "stored", b"", now=0, usage=Usage(input_tokens=7, cost_usd=0.25))
    await ledger.close()


async def test_what_was_spent_is_listed(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    await spend(home / "bridge")
    assert main(["bridge", "spending"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()[1:]]
    assert lines == [
        ["2027-01-15", "device", "lamp", "1", "7", "$0.2500"],
        ["2027-01", "household", "smith", "1", "7", "$0.2500"],
    ]
    assert main(["bridge", "spending", "--json"]) == 0
    first = json.loads(capsys.readouterr().out.splitlines()[0])
    assert first == {"who": "device lamp", "period": "2027-01-15", "jobs": 1, "tokens": 7, "usd": 0.25}


def test_where_no_bridge_ever_ran_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bridge", "spending"]) == 1
    assert "There is no ledger in" in capsys.readouterr().err
