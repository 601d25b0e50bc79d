"""`nightjar models`."""

import argparse
import json
from pathlib import Path

import pytest

from edge_models.models import ModelError, ModelStore
from nightjar.commands import models as command
from nightjar.errors import UserError


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    command.add_parser(parser.add_subparsers())
    args = parser.parse_args(["models", *words])
    return args.run(args)


def test_the_list_says_what_is_installed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("list", "--json") == 0
    entries = {entry["name"]: entry for entry in map(json.loads, capsys.readouterr().out.splitlines())}
    assert entries["whisper-tiny-en"]["default"]
    assert not entries["whisper-tiny-en"]["installed"]
    assert entries["whisper-tiny-en"]["size_bytes"] > 70e6
    assert entries["openwakeword"]["licence"] == "CC-BY-NC-SA-4.0"


def test_the_list_says_how_much_of_a_broken_off_download_is_here(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    begun = tmp_path / "home" / "models" / ".partial" / "whisper-base"
    begun.mkdir(parents=True)
    (begun / "0123").write_bytes(bytes(1_500_000))
    assert run("list") == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("whisper-base ")]
    assert line.endswith("1.5 MB of it are here")
    assert run("list", "--json") == 0
    entries = {entry["name"]: entry for entry in map(json.loads, capsys.readouterr().out.splitlines())}
    assert {name for name, entry in entries.items() if entry["begun_bytes"]} == {"whisper-base"}


def test_verify_with_nothing_installed_says_how_to_install() -> None:
    with pytest.raises(UserError, match="nightjar models pull"):
        run("verify")


def test_an_unknown_name_is_one_sentence() -> None:
    with pytest.raises(ModelError, match="There is no model 'nose'"):
        run("pull", "nose")


def test_a_licence_that_does_not_allow_every_use_has_to_be_accepted(nightjar_home: Path) -> None:
    with pytest.raises(ModelError, match=r"sd-turbo is licensed under .*: read https://.* --accept-licence`\.$"):
        run("pull", "sd-turbo")
    assert not (nightjar_home / "models" / "sd-turbo").exists()


def test_what_was_never_exported_can_not_be_built_and_the_sentence_says_how_it_can(nightjar_home: Path) -> None:
    with pytest.raises(UserError, match=r"no exported model sd-turbo in .*exported.sd-turbo: export it on a computer"):
        run("build", "sd-turbo")
    with pytest.raises(UserError, match="can't be the name of a model"):
        run("build", "../engines")
    with pytest.raises(UserError, match="The draft model comes with Nightjar"):
        run("build", "--from", str(nightjar_home))


@pytest.mark.models
def test_installed_models_are_verified(
    models: ModelStore, nightjar_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("verify", *models.catalogue.default_names) == 0
    assert capsys.readouterr().out.count("as in the catalogue") == len(models.catalogue.default_names)
    assert run("pull") == 0
    assert "installed already" in capsys.readouterr().err
