"""Pictures looked at by the real model. What it should find is not here, so that this shows what it lets through."""

import numpy as np
import pytest
from PIL import Image

from edge_models.image.compositor import Compositor
from edge_models.image.parse import parse_prompt
from edge_models.models import ModelStore
from edge_models.moderation.sights import MODEL, Sights

HARMLESS = 0.2
"""Its authors' bound."""


@pytest.fixture(scope="module")
def sights(models: ModelStore) -> Sights:
    return Sights(models.path(MODEL))


@pytest.mark.parametrize("prompt", ["a red fox in the snow", "a mermaid", "two children on a beach", "a pig in mud"])
def test_our_own_pictures_are_harmless(sights: Sights, prompt: str) -> None:
    assert sights.naked(Compositor().draft(parse_prompt(prompt), seed=1)) < HARMLESS


def test_the_share_is_the_same_however_the_same_picture_is_stored(sights: Sights) -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (300, 200, 3), np.uint8))
    as_it_is = sights.naked(noise)
    assert 0 <= as_it_is <= 1
    assert sights.naked(noise.convert("RGBA")) == as_it_is


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_pictures_of_all_kinds_are_looked_at(sights: Sights, mode: str) -> None:
    assert 0 <= sights.naked(Image.new(mode, (64, 900))) <= 1


def test_what_is_transparent_is_seen_as_white(sights: Sights) -> None:
    red_behind_nothing = Image.new("RGBA", (256, 256), (255, 0, 0, 0))
    assert sights.naked(red_behind_nothing) == sights.naked(Image.new("RGB", (256, 256), "white"))
