"""Sentences as numbers: the same as the model's authors publish, and an end to every input."""

from pathlib import Path

import numpy as np
import pytest

from edge_models.models import ModelStore
from edge_models.sentence_embedding import DIMENSIONS, SentenceEncoder


@pytest.fixture(scope="module")
def encoder(models: ModelStore) -> SentenceEncoder:
    return SentenceEncoder(models.path("all-minilm-l6-v2"))


@pytest.mark.models
def test_sentences_are_as_alike_as_the_model_card_says(encoder: SentenceEncoder) -> None:
    happy, *others = encoder.embed_all(
        ["That is a happy person", "That is a happy dog", "That is a very happy person", "Today is a sunny day"]
    )
    assert [float(happy @ other) for other in others] == pytest.approx([0.695, 0.943, 0.257], abs=0.001)


@pytest.mark.models
def test_an_embedding_has_length_one_and_no_words_have_none(encoder: SentenceEncoder) -> None:
    assert np.linalg.norm(encoder.embed("draw a fox")) == pytest.approx(1.0, abs=1e-5)
    for nothing in ("", "   ", "\n"):
        assert not encoder.embed(nothing).any()
    assert encoder.embed_all([]).shape == (0, DIMENSIONS)


@pytest.mark.models
@pytest.mark.parametrize("text", ["a " * 10_000, "🦊" * 500, "ارسم ثعلبا أحمر", "\x00\ud7ff"])
def test_whatever_is_said_gives_numbers(encoder: SentenceEncoder, text: str) -> None:
    assert np.isfinite(encoder.embed(text)).all()


def test_what_is_no_such_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"\xff" * 64)
    with pytest.raises(ValueError, match="no safetensors file"):
        SentenceEncoder(tmp_path)
