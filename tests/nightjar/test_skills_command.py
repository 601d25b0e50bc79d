"""`nightjar skills`: the owner's word on programs of others."""

import io
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from packages import install, install_coffee

from device.allowed import read_allowed
from nightjar.cli import main


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    path = tmp_path / "site"
    path.mkdir()
    (tmp_path / "home").mkdir()
    monkeypatch.syspath_prepend(str(path))
    yield path
    sys.modules.pop("coffee_skill", None)
    sys.modules.pop("demo", None)


def test_allowing_tells_what_it_means_and_what_the_skill_does(site: Path, capsys, tmp_path: Path) -> None:
    install_coffee(site)
    assert main(["skills", "allow", "coffee-skill", "--yes"]) == 0
    out = capsys.readouterr().out
    assert "runs inside the device, with all that the device may do" in out
    assert "coffee.order" in out
    assert "may leave:  nothing" in out
    assert read_allowed(tmp_path / "home").skills == {"coffee-skill": "0.1.0"}
    main(["skills", "list"])
    assert "allowed" in capsys.readouterr().out.split()
    assert main(["skills", "forbid", "coffee-skill"]) == 0
    assert read_allowed(tmp_path / "home").skills == {}


def test_nothing_is_imported_where_nobody_can_be_asked(site: Path, capsys, monkeypatch) -> None:
    install_coffee(site)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert main(["skills", "allow", "coffee-skill"]) == 1
    assert "--yes" in capsys.readouterr().err
    assert "coffee_skill" not in sys.modules


def test_a_broken_skill_is_not_allowed(site: Path, capsys, tmp_path: Path) -> None:
    install(site, "demo-skill", "demo", "import nothing_like_that")
    assert main(["skills", "allow", "demo-skill", "--yes"]) == 1
    err = capsys.readouterr().err
    assert err.startswith("nightjar: The skill demo-skill is not used: ModuleNotFoundError")
    assert read_allowed(tmp_path / "home").skills == {}


@pytest.mark.parametrize("command", ["allow", "forbid"])
def test_a_skill_that_is_not_there_is_named(site: Path, capsys, command: str) -> None:
    assert main(["skills", command, "nobody"]) == 1
    assert "'nobody'" in capsys.readouterr().err


def test_the_doctor_lists_skills_and_what_is_wrong_with_them(site: Path, capsys) -> None:
    from nightjar.commands.doctor import skills

    install_coffee(site)
    install(site, "demo-skill", "demo", "1 / 0")
    main(["skills", "allow", "coffee-skill", "--yes"])
    found = {finding.what: finding.ok for finding in skills()}
    assert found == {
        "skill coffee-skill 0.1.0: coffee.order": True,
        "The skill demo-skill is installed but not allowed; `nightjar skills allow demo-skill` allows it.": None,
    }
