"""Who draws drafts: what the settings say, and what is installed."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from device.config import Pictures
from device.drafting import ENLARGER, DraftOnDemand, load_drafter
from device.memory_plan import DRAFT_MODEL
from edge_models.image import compositor
from edge_models.image.compositor import Compositor
from edge_models.image.draft_model import ENGINE, DraftModel, read_card
from edge_models.image.drafter import Drafter
from edge_models.image.enlarge import MODEL, Enlarger
from edge_models.image.parse import parse_prompt
from edge_models.memory import BoardMemory, Look
from edge_models.models import ModelCorrupt, ModelMissing, ModelStore
from edge_models.residency import Residency
from tools.bench import resident_mb

FOX = parse_prompt("a red fox")


def test_where_the_models_network_for_enlarging_is_missing_the_compositor_draws(tmp_path: Path) -> None:
    assert load_drafter(Pictures(), ModelStore(tmp_path)).engine == compositor.ENGINE
    assert load_drafter(Pictures(draft="compositor"), ModelStore(tmp_path)).engine == compositor.ENGINE


def test_the_model_that_was_asked_for_and_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match=f"nightjar models pull {ENLARGER}"):
        load_drafter(Pictures(draft="model"), ModelStore(tmp_path))


@pytest.mark.models
def test_who_draws_unasked_is_decided_at_the_gate(models: ModelStore) -> None:
    assert ENLARGER == MODEL
    expected = ENGINE if read_card().gate.passed else compositor.ENGINE
    assert load_drafter(Pictures(), models).engine == expected
    assert load_drafter(Pictures(draft="compositor"), models).engine == compositor.ENGINE
    assert load_drafter(Pictures(draft="model"), models).engine == ENGINE


@pytest.mark.models
def test_a_damaged_model_that_nobody_chose_leaves_the_drawing_to_the_compositor(
    models: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(_: ModelStore) -> Drafter:
        raise ModelCorrupt("The draft model's file draft.onnx is missing or damaged: install Nightjar again.")

    monkeypatch.setattr("edge_models.image.draft_engine.load_draft_model", damaged)
    assert load_drafter(Pictures(), models).engine == compositor.ENGINE
    with pytest.raises(ModelCorrupt, match="damaged"):
        load_drafter(Pictures(draft="model"), models)


class PlayedMemory:
    """A board with memory or without."""

    available_bytes = 8_000_000_000

    def look(self) -> Look:
        return Look(8_000_000_000, self.available_bytes)


class Model(Compositor):
    """A model that costs nothing, and knows its name."""

    engine = "the model"


def drafter_on(memory: PlayedMemory, load: Callable[[], Drafter] = Model) -> tuple[DraftOnDemand, Residency]:
    residency = Residency(cast("BoardMemory", memory))
    return DraftOnDemand(load, residency), residency


def test_while_memory_is_short_the_compositor_draws_and_says_so() -> None:
    memory = PlayedMemory()
    drafter, residency = drafter_on(memory)
    drafter.ready()
    assert drafter.engine == "the model"
    drawn: list[str] = []
    for available in (8_000_000_000, 100_000_000, 8_000_000_000):
        memory.available_bytes = available
        residency.relieve()
        assert drafter.draft(FOX, seed=1).size == (512, 512)
        drawn.append(drafter.engine)
    assert drawn == ["the model", compositor.ENGINE, "the model"]


def test_a_board_without_room_begins_with_the_compositor(caplog: pytest.LogCaptureFixture) -> None:
    memory = PlayedMemory()
    memory.available_bytes = 500_000_000
    drafter, _ = drafter_on(memory)
    with caplog.at_level(logging.WARNING):
        drafter.ready()
    assert drafter.engine == compositor.ENGINE
    assert "too little memory for the draft model: it needs 140 MB, 100 MB are free" in caplog.text


def test_a_model_that_is_damaged_later_is_replaced_by_the_compositor() -> None:
    def damaged() -> Drafter:
        raise ModelCorrupt("The file draft.onnx is damaged.")

    drafter, residency = drafter_on(PlayedMemory(), damaged)
    with pytest.raises(ModelCorrupt):
        drafter.ready()
    assert drafter.draft(FOX, seed=1).size == (512, 512)
    assert drafter.engine == compositor.ENGINE
    assert residency.resident == ()


@pytest.mark.models
def test_the_real_model_gives_its_memory_back_to_others(models: ModelStore) -> None:
    memory = PlayedMemory()
    drafter, residency = drafter_on(memory, lambda: DraftModel(Enlarger(models.path(MODEL))))
    drafter.draft(FOX, seed=1)
    before = resident_mb()
    memory.available_bytes = 100_000_000
    assert residency.relieve() == DRAFT_MODEL
    assert before - resident_mb() > 40
    assert drafter.draft(FOX, seed=1).size == (512, 512)
    assert drafter.engine == compositor.ENGINE
