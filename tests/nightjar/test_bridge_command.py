"""`nightjar bridge devices / enrol / revoke / broker-config`: what an operator reads."""

from pathlib import Path

import pytest

from nightjar.cli import main


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIGHTJAR_HOME", str(tmp_path))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


def run(*arguments: str) -> int:
    return main(["bridge", *arguments])


def test_without_a_broker_nobody_is_invited(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("enrol", "lamp") == 1
    assert capsys.readouterr().err == (
        "nightjar: Devices have no broker yet; nightjar bridge broker-config --host NAME writes its settings.\n"
    )
    assert run("devices") == 0
    assert capsys.readouterr().out == ""


def test_who_is_invited_is_listed_and_can_be_revoked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bridge.toml").write_text("[tls]\n")
    assert run("broker-config", "--host", "b.example.org") == 0
    said = capsys.readouterr().out
    assert f"mosquitto -c {tmp_path}/bridge/broker/mosquitto.conf" in said
    assert run("enrol", "lamp", "--household", "smith", "--weight", "2") == 0
    assert "    nightjar enrol https://b.example.org:8791 " in capsys.readouterr().out
    assert run("devices") == 0
    listed = capsys.readouterr().out.split()
    assert listed[:2] == ["lamp", "invited"]
    assert "smith," in listed
    assert run("revoke", "lamp") == 0
    said = capsys.readouterr().out
    assert said.startswith("lamp may talk no more;")
    assert "give it these files and a SIGHUP" in said
    assert "topic deny #" in (tmp_path / "bridge" / "broker" / "access").read_text()
    assert run("revoke", "clock") == 1
    assert capsys.readouterr().err == "nightjar: There is no device called 'clock'.\n"


def test_a_token_needs_a_port_for_tokens(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("broker-config", "--host", "b.example.org") == 0
    assert run("enrol", "lamp", "--token") == 1
    assert "broker-config --token-port" in capsys.readouterr().err
    assert run("broker-config", "--host", "b.example.org", "--token-port", "8884") == 0
    assert run("enrol", "lamp", "--token") == 0
    assert "by plain HTTP, from this machine alone" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        ("enrol", "Lamp"),
        ("enrol", "lamp", "--weight", "0"),
        ("enrol", "lamp", "--household", "a b"),
        ("enrol", "lamp", "--moderation", "none"),
        ("broker-config",),
        ("broker-config", "--host", "b.example.org", "--port", "70000"),
        ("broker-config", "--host", "b.example.org", "--token-port", "0"),
        ("revoke",),
    ],
)
def test_wrong_usage_is_told_apart(arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(*arguments)
    assert ended.value.code == 2


def test_a_home_that_was_not_let_in_properly_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "enrolment").mkdir()
    (tmp_path / "enrolment" / "broker.json").write_text("{")
    assert main(["ask", "what time is it"]) == 1
    assert f"{tmp_path}/enrolment can't be read: enrol this device again, or delete it." in capsys.readouterr().err
    assert main(["enrol", "https://127.0.0.1:1", "nonsense"]) == 1
    assert "A code has sixteen letters and digits" in capsys.readouterr().err
