"""Who draws drafts: what the settings say, and what is installed."""

from pathlib import Path

import pytest

from device.config import Pictures
from device.drafting import ENLARGER, load_drafter
from edge_models.image import compositor
from edge_models.image.draft_model import ENGINE, read_card
from edge_models.image.enlarge import MODEL
from edge_models.models import ModelMissing, ModelStore


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
