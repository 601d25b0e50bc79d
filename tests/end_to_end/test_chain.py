"""The main job, with real parts everywhere: a spoken command becomes a picture on the phone's page."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

pytestmark = [pytest.mark.models, pytest.mark.slow]


def nightjar(*arguments: str, home: Path, **options) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "nightjar", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"NIGHTJAR_HOME": str(home)},
        **options,
    )


def first(events: list[dict], name: str, **fields: object) -> dict:
    return next(event for event in events if event["event"] == name and fields.items() <= event.items())


def test_a_spoken_command_becomes_the_final_picture_on_the_page(nightjar_home):
    demo = nightjar("demo", "--once", "--json", home=nightjar_home)
    out, err = demo.communicate(timeout=200)
    assert demo.returncode == 0, err
    assert "The page holds the final picture" in err
    events = [json.loads(line) for line in out.splitlines()]
    names = [event["event"] for event in events]
    for earlier, later in (
        ("wake_word", "end_of_turn"),
        ("end_of_turn", "transcript"),
        ("transcript", "understood"),
        ("understood", "reply"),
        ("reply", "reply_audio_started"),
        ("understood", "draft"),
        ("understood", "job_queued"),
        ("reply_audio_started", "turn_finished"),
    ):
        assert names.index(earlier) < names.index(later), names
    assert len({event["turn"] for event in events}) == 1
    assert first(events, "wake_word")["phrase"] == "hey jarvis"
    assert first(events, "transcript")["text"].lower().strip(" .") == "draw a red fox under a full moon"
    assert first(events, "understood")["intent"] == "picture.create"
    draft, final = first(events, "artifact", stage="draft"), first(events, "artifact", stage="final")
    assert (draft["picture"], draft["width"]) == (final["picture"], 512)
    assert final["width"] >= 1024
    assert draft["engine"] != final["engine"]
    assert Image.open(final["path"]).size == (final["width"], final["height"])


def test_a_typed_command_goes_to_the_running_device_and_changes_its_picture(nightjar_home):
    (nightjar_home / "config.toml").write_text("[companion]\nport = 0\n")
    demo = nightjar("demo", "--json", home=nightjar_home)
    try:
        assert demo.stdout is not None
        assert demo.stderr is not None
        spoken = []
        for line in demo.stdout:
            spoken.append(json.loads(line))
            if spoken[-1]["event"] == "artifact" and spoken[-1]["stage"] == "final":
                break
        said = ""
        while "The page: " not in said:
            said = demo.stderr.readline()
        url = said.split("The page: ")[1].strip()

        ask = nightjar("ask", "make it snowy", "--json", "--wait", "100", home=nightjar_home)
        out, err = ask.communicate(timeout=120)
        assert ask.returncode == 0, err
        events = [json.loads(line) for line in out.splitlines()]
        assert first(events, "understood")["intent"] == "picture.edit"
        final = first(events, "artifact", stage="final")
        assert final["picture"] != spoken[-1]["picture"]

        with urllib.request.urlopen(f"{url}/api/state") as answer:
            picture = json.load(answer)["picture"]
        assert (picture["id"], picture["parent"]) == (final["picture"], spoken[-1]["picture"])
        version = next(version for version in picture["versions"] if version["stage"] == "final")
        with urllib.request.urlopen(url + version["src"]) as answer:
            assert Image.open(BytesIO(answer.read())).size == (final["width"], final["height"])
    finally:
        demo.send_signal(signal.SIGINT)
        _, err = demo.communicate(timeout=60)
    assert "Traceback" not in err
