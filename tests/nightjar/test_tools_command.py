"""`nightjar tools`: the owner's word on tools of servers, and what it is bound to."""

import json
import sys
from pathlib import Path

import pytest

from device.allowed import read_allowed
from nightjar.cli import main

pytest.importorskip("mcp")
PROGRAM = Path(__file__).parents[1] / "device" / "tool_server.py"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    path = tmp_path / "home"
    path.mkdir()
    return path


def set_up(home: Path, how: str) -> None:
    command = [sys.executable, str(PROGRAM), how, str(home / "notes")]
    (home / "config.toml").write_text(f"[mcp.test]\ncommand = {json.dumps(command)}\n")


def states(capsys) -> dict[str, str]:
    capsys.readouterr()
    assert main(["tools", "list", "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return {line["tool"]: line["state"] for line in lines}


def test_a_tool_is_allowed_as_it_is_described_now(home: Path, capsys) -> None:
    set_up(home, "well")
    assert set(states(capsys).values()) == {"not allowed"}
    assert main(["tools", "allow", "test"]) == 0
    out = capsys.readouterr().out
    assert "They run on this machine." in out
    assert "order_pizza (asks before it acts): Order pizza." in out
    assert "weather (only reads): Tell the weather" in out
    set_up(home, "changed")
    assert states(capsys) == {
        "weather": "allowed",
        "misbehave": "allowed",
        "order_pizza": "changed since it was allowed",
    }
    assert main(["tools", "forbid", "test", "weather"]) == 0
    assert read_allowed(home).tools["test"].keys() == {"order_pizza", "misbehave"}
    assert main(["tools", "forbid", "test"]) == 0
    assert read_allowed(home).tools == {}


@pytest.mark.parametrize(
    "arguments",
    [["allow", "nobody"], ["allow", "test", "no-such-tool"], ["forbid", "test"], ["forbid", "nobody", "x"]],
)
def test_what_is_not_there_is_said_in_a_sentence(home: Path, capsys, arguments: list[str]) -> None:
    set_up(home, "well")
    assert main(["tools", *arguments]) == 1
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_a_server_that_is_not_there_is_named(home: Path, capsys) -> None:
    (home / "config.toml").write_text('[mcp.test]\ncommand = ["/no/such/program"]\n')
    assert main(["tools", "list"]) == 0
    assert "Test can't be reached." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ("[mcp.test]\n", "a server needs a command or a url"),
        ('[mcp.test]\ncommand = ["x"]\nurl = "http://a"\n', "and not both"),
        ('[mcp.test]\nurl = "file:///etc/passwd"\n', "must begin with http"),
        ('[mcp."Big Name"]\ncommand = ["x"]\n', "takes small letters, digits, _ and -"),
        ('[[mcp.test.say]]\nsentences = []\ntool = "x"\n', "at least 1 item"),
    ],
)
def test_settings_that_can_not_be_are_named(home: Path, capsys, settings: str, why: str) -> None:
    (home / "config.toml").write_text(settings)
    assert main(["tools", "list"]) == 1
    assert why in capsys.readouterr().err


def test_the_doctor_tells_of_servers_without_starting_them(home: Path) -> None:
    from nightjar.commands.doctor import tools

    bad = '[[mcp.test.say]]\nsentences = ["a (b"]\ntool = "x"\n'
    set_up(home, "has a child")
    with (home / "config.toml").open("a") as file:
        file.write(bad)
    found = [(finding.ok, finding.what) for finding in tools()]
    assert found[0] == (None, "tools of test: 0 allowed")
    assert found[1][0] is False
    assert not (home / "notes").exists()
