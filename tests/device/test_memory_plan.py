"""What the settings keep in memory, and who listens where there is too little of it."""

import logging
from pathlib import Path

import pytest

from device.config import DeviceConfig
from device.memory_plan import DRAFT_MODEL, LANGUAGE_MODEL, needs, recogniser, residency_of
from edge_models.memory import Look
from edge_models.models import ModelStore
from edge_models.residency import Rank

GB = 1_000_000_000


def config(**sections: object) -> DeviceConfig:
    return DeviceConfig.model_validate(sections)


@pytest.mark.models
def test_what_a_device_wants_follows_its_settings(models: ModelStore) -> None:
    wanted = {need.name: need for need in needs(DeviceConfig(), models)}
    assert {"whisper-tiny-en", "silero-vad", "piper-en-us-joe"} <= wanted.keys()
    assert wanted["whisper-tiny-en"].size_bytes == 130_000_000
    assert (wanted[DRAFT_MODEL].rank, LANGUAGE_MODEL in wanted) == (Rank.DRAFT, False)
    other = {
        need.name: need
        for need in needs(
            config(
                pictures={"draft": "compositor"},
                language_model={"local": "smollm2-135m-instruct"},
                speech={"stt": "whisper-base", "tts": "espeak-ng"},
            ),
            models,
        )
    }
    assert DRAFT_MODEL not in other
    assert "espeak-ng" not in other  # a program of the system's, which holds nothing
    assert other[LANGUAGE_MODEL].size_bytes == 98_362_432 + 200_000_000


def test_what_speech_needs_is_taken_from_the_budget_of_a_device_that_speaks(tmp_path: Path) -> None:
    models = ModelStore(tmp_path / "models")
    assert "whisper-tiny-en" in residency_of(DeviceConfig(), models, speaks=True).resident
    assert residency_of(DeviceConfig(), models, speaks=False).resident == ()


@pytest.mark.models
def test_where_the_chosen_recogniser_has_no_room_the_usual_one_listens(
    models: ModelStore, caplog: pytest.LogCaptureFixture
) -> None:
    chosen = config(speech={"stt": "whisper-base"})
    assert recogniser(chosen, models, Look(4 * GB, 2 * GB)) == "whisper-base"
    with caplog.at_level(logging.WARNING):
        assert recogniser(chosen, models, Look(1 * GB, 900_000_000)) == "whisper-tiny-en"
    assert "too little memory for whisper-base: with all else that speech needs it takes 783 MB" in caplog.text
    capped = config(speech={"stt": "whisper-base"}, models={"memory_mb": 750})
    assert recogniser(capped, models, Look(4 * GB, 2 * GB)) == "whisper-tiny-en"


def test_where_no_other_is_installed_the_chosen_one_listens(tmp_path: Path) -> None:
    chosen = config(speech={"stt": "whisper-base"})
    assert recogniser(chosen, ModelStore(tmp_path), Look(1 * GB, 1)) == "whisper-base"
