"""From a prompt to what the denoiser is told: tokenizers, and the text encoders one after the other.

What each encoder takes and what the denoiser wants of it is on the card, so that one code does for all families: CLIP's
last layer for SD-Turbo, two encoders side by side for SDXL-Turbo, Gemma with a request in front for SANA-Sprint, T5 for
FLUX's tokens and CLIP for the whole.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from edge_models.diffusion.card import Card
from edge_models.diffusion.parts import Parts
from edge_models.diffusion.wiring import PartName
from edge_models.models import ModelCorrupt
from edge_models.network import Arrays

ENCODERS: tuple[PartName, ...] = ("text_encoder", "text_encoder_2")


class Words:
    """The tokenizers of one model; SDXL-Turbo's two differ in what they fill up with."""

    def __init__(self, folder: Path, card: Card) -> None:
        """Read them. Raises ModelCorrupt."""
        self._card = card
        self._tokenizers = [_read(folder / file.name) for file in card.text.tokenizers]
        encoders = sum(name in card.parts for name in ENCODERS)
        if encoders != len(self._tokenizers):
            raise ModelCorrupt(
                f"The picture model {folder.name} has {encoders} text encoders and not as many tokenizers."
            )
        lengths = [card.parts[name].inputs["ids"] for name in ENCODERS if name in card.parts]
        if lengths != [tokens["ids"].shape for tokens in self.tokens("")]:
            raise ModelCorrupt(f"The picture model {folder.name} has a tokenizer of another model.")

    def tokens(self, prompt: str) -> Iterator[Arrays]:
        """For each encoder: `ids` (1, n) int64, `mask` (1, n) float32, 1 for a token of the prompt, `end` (1,) int64.

        `end` is the place of the last token before those that fill up. Any prompt will do; a long one is cut.
        """
        text = self._card.text
        said = text.prefix + (prompt.lower().strip() if text.lower_case else prompt)
        for tokenizer in self._tokenizers:
            encoded = tokenizer.encode(said)
            mask = np.array([encoded.attention_mask], np.float32)
            yield {
                "ids": np.array([encoded.ids], np.int64),
                "mask": mask,
                "end": np.array([int(mask.sum()) - 1], np.int64),
            }

    def told(self, prompt: str, parts: Parts) -> Arrays:
        """Return the denoiser's inputs that depend on the prompt, by name. Raises ModelError."""
        card, told = self._card, {}
        hidden: list[NDArray[Any]] = []
        kept = [0, *range(card.text.read - card.text.kept + 1, card.text.read)]
        for name, tokens in zip(ENCODERS, self.tokens(prompt), strict=False):
            feed = {end: tokens[end] for end in card.parts[name].inputs}
            with parts.using(name) as run:
                results = run(feed)
            if "hidden" in results:
                hidden.append(results["hidden"][:, kept])
                told["mask"] = tokens["mask"][:, kept]
            told |= results
        told["text"] = np.concatenate(hidden, axis=2)
        return {end: told[end] for end in card.parts["denoiser"].inputs if end in told}


def _read(path: Path) -> Tokenizer:
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:
        raise ModelCorrupt(f"The file {path.name} of the picture model {path.parent.name} is no tokenizer.") from error
