"""The command line: exit codes, one sentence for what went wrong, never a traceback."""

import json
import subprocess
import sys

import pytest

from nightjar.cli import COMMANDS, main


def test_every_command_explains_itself(capsys):
    for command in COMMANDS:
        with pytest.raises(SystemExit) as stop:
            main([command, "--help"])
        assert stop.value.code == 0
        assert command in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["fly"],
        ["replay"],
        ["ask"],
        ["ask", " "],
        ["ask", "y" * 2001],
        ["ask", "hello", "--wait", "-1"],
        ["replay", "a.wav", "--wait", "nan"],
        ["studio", "--port", "70000"],
        ["bench", "everything"],
        ["bench", "drill", "--kills", "1"],
        ["bench", "wake", "--kills", "6"],
    ],
)
def test_wrong_usage_is_exit_code_2(arguments):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["replay", "a.wav", "--wake", ""],
        ["replay", "a.wav"],
        ["models", "pull", "no-such-model"],
        ["pair"],
    ],
)
def test_what_a_user_can_mend_is_one_sentence_and_exit_code_1(arguments, capsys):
    assert main(arguments) == 1
    err = capsys.readouterr().err.strip()
    assert err.startswith("nightjar: ")
    assert len(err.splitlines()) == 1
    assert "Traceback" not in err


def test_a_broken_settings_file_is_named(tmp_path, capsys):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "config.toml").write_text("[wake]\nphrases = 7\n")
    assert main(["ask", "what time is it"]) == 1
    assert "wake.phrases" in capsys.readouterr().err


def test_what_nobody_expected_leaves_its_details_in_a_file_and_a_sentence_on_stderr(tmp_path, capsys, monkeypatch):
    from nightjar.commands import doctor

    def broken() -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(doctor, "python", broken)
    assert main(["doctor"]) == 1
    captured = capsys.readouterr()
    assert "a bug" in captured.err
    assert "Traceback" not in captured.err
    assert "Traceback" in (tmp_path / "home" / "errors.log").read_text()


def test_a_typed_question_is_answered_without_models_or_a_running_device(capsys):
    assert main(["ask", "what time is it", "--json"]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    names = [event["event"] for event in events]
    assert names == ["transcript", "understood", "reply", "turn_finished"]
    assert events[1]["intent"] == "clock.time"
    assert len({event["turn"] for event in events}) == 1


def test_a_home_that_cannot_be_made_is_one_sentence(capsys, monkeypatch):
    monkeypatch.setenv("NIGHTJAR_HOME", "/proc/no/such/place")
    assert main(["ask", "what time is it"]) == 1
    assert "NIGHTJAR_HOME" in capsys.readouterr().err


def test_half_a_character_does_no_harm(capsys):
    assert main(["ask", "draw a \udcff fox", "--json"]) == 0
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()][-1]["event"] == "turn_finished"


def test_a_reader_that_leaves_early_breaks_nothing(tmp_path):
    ask = f"{sys.executable} -m nightjar ask 'draw a red fox' --json"
    done = subprocess.run(f"{ask} | head -1", shell=True, capture_output=True, text=True, check=False)
    assert json.loads(done.stdout)["event"] == "transcript"
    assert done.stderr == ""


def test_doctor_says_what_is_missing_and_how_to_get_it(capsys):
    assert main(["doctor"]) == 1
    out = capsys.readouterr().out
    assert "nightjar models pull" in out
    assert "Traceback" not in out


@pytest.mark.models
@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ('phrases = ["hey bob"]', "'hey bob' is not known"),
        ('only_voices = ["Lina"]', "The voice 'Lina' is not known"),
        ('thresholds = { "alexa" = 0.5 }', "a threshold for 'alexa'"),
    ],
)
def test_doctor_finds_what_the_settings_name_and_nobody_knows(nightjar_home, capsys, settings, sentence):
    (nightjar_home / "config.toml").write_text(f"[wake]\n{settings}\n")
    main(["doctor"])
    assert sentence in capsys.readouterr().out


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ('url = "http://127.0.0.1:1/v1"\nmodel = "qwen"', "language model: qwen, of the server http://127.0.0.1:1/v1"),
        ('local = "smollm2-135m-instruct"', "run `nightjar models pull smollm2-135m-instruct`"),
        ('local = "silero-vad"', "The model silero-vad is no language model."),
        ('local = "gpt"', "There is no model 'gpt'"),
    ],
)
def test_doctor_looks_at_the_language_model(tmp_path, capsys, settings, sentence):
    (tmp_path / "home").mkdir(exist_ok=True)
    (tmp_path / "home" / "config.toml").write_text(f"[language_model]\n{settings}\n")
    main(["doctor"])
    assert sentence in capsys.readouterr().out


@pytest.mark.parametrize(
    ("memory_mb", "sentences"),
    [
        (
            100_000,
            [
                "always in memory: the device's program (240 MB), microwakeword (27 MB)",
                "when it is first needed: the language model (298 MB)",
            ],
        ),
        (900, ["doesn't fit into memory: the language model (298 MB)"]),
        (300, ["needs  doesn't fit into memory: the device's program"]),
    ],
)
def test_doctor_says_which_models_memory_holds(tmp_path, monkeypatch, capsys, memory_mb, sentences):
    from edge_models.memory import BoardMemory, Look

    monkeypatch.setattr(BoardMemory, "look", lambda _: Look(8_000_000_000, 6_000_000_000))
    (tmp_path / "home").mkdir(exist_ok=True)
    (tmp_path / "home" / "config.toml").write_text(
        f'[models]\nmemory_mb = {memory_mb}\n[language_model]\nlocal = "smollm2-135m-instruct"\n'
    )
    main(["doctor"])
    out = capsys.readouterr().out
    assert "6.0 GB of 8.0 GB of memory available" in out
    for sentence in sentences:
        assert sentence in out


def test_a_benchmark_without_its_model_is_one_sentence(capsys):
    assert main(["bench", "language"]) == 1
    assert capsys.readouterr().err.endswith(
        "The model smollm2-135m-instruct is not installed: run `nightjar models pull smollm2-135m-instruct`.\n"
    )


def test_doctor_says_that_the_microphone_is_muted(capsys):
    assert main(["ask", "mute the microphone"]) == 0
    main(["doctor"])
    assert "The microphone is muted" in capsys.readouterr().out


def test_the_device_runs_without_torch():
    script = "import sys; import device.app, cloud_bridge.app, nightjar.cli; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
