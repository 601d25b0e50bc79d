"""Whether the draft model's files belong together: its card, its codec and its network, tried once.

A file may be whole and the wrong one: of another network, another size, another training.
"""

from pathlib import Path

import numpy as np

from edge_models.image.few_steps import Feed
from edge_models.image.patches import TOKENS, TOLD, Codec, load_codec
from edge_models.image.told import Moods
from edge_models.models import ModelCorrupt
from edge_models.network import OnnxNetwork

_WRONG = "The draft model's {what} is not the one that its card describes: install Nightjar again."


def fitting_codec(path: Path) -> Codec:
    """Read the codec. Raises ModelCorrupt where it is none."""
    try:
        return load_codec(path)
    except (OSError, ValueError, KeyError):
        raise ModelCorrupt(_WRONG.format(what="codec")) from None


def fitting_network(path: Path, *, dims: int, moods: Moods, threads: int) -> OnnxNetwork:
    """Load the network and run it once, for some 50 ms. Raises ModelCorrupt where it isn't of this form.

    `dims`: the codec's; `moods`: the card's, the last of each of which the network must know.
    """
    last = np.array([[len(words) - 1 for words in moods]], np.int64)
    feed: Feed = {
        "x": np.zeros((1, TOKENS, dims), np.float32),
        "told": np.zeros((1, TOKENS, TOLD), np.float32),
        "mood": last,
        "sun": np.zeros((1, 3), np.float32),
        "time": np.zeros(1, np.float32),
        "step": np.full(1, 0.5, np.float32),
    }
    try:
        network = OnnxNetwork(path, threads=threads)
        clean = network.run(feed)["clean"]
    except Exception as error:
        raise ModelCorrupt(_WRONG.format(what="network")) from error
    if clean.shape != (1, TOKENS, dims) or not np.isfinite(clean).all():
        raise ModelCorrupt(_WRONG.format(what="network"))
    return network
