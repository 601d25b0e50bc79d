"""Which tool a command is about, by what the tools say that they are for (`edge_models.sentence_embedding`)."""

import logging
import re
from collections.abc import Callable, Sequence

import numpy as np

from device.tools._tool import Tool
from edge_models.sentence_embedding import Floats, SentenceEncoder

log = logging.getLogger(__name__)

ALIKE = 0.6
"""The cosine from which a command is taken to be about a tool: of 23 wishes it finds 16 of ten common tools' and none
wrongly; none of 265 sentences that were not for the device, nor of 357 commands of other kinds (2026-11)."""
AHEAD = 0.08
"""By so much it must be more alike than the next tool."""
_MAX_WORDS = 30


class Matching:
    """Compares commands with tools. English; made once, its model is loaded at the first comparison."""

    def __init__(self, encoder: Callable[[], SentenceEncoder]) -> None:
        """`encoder` loads the model; what it raises means that nothing is ever alike."""
        self._load = encoder
        self._encoder: SentenceEncoder | None = None
        self._missing = False
        self._known: dict[str, Floats] = {}

    def best(self, command: str, tools: Sequence[Tool]) -> Tool | None:
        """The tool that `command` is about, None when none is clearly. Takes some 10 ms; for one thread at a time."""
        encoder = self._ready()
        if encoder is None or len(command.split()) > _MAX_WORDS or not tools:
            return None
        heard = encoder.embed(command)
        scored = sorted(((self._alike(encoder, heard, tool), n) for n, tool in enumerate(tools)), reverse=True)
        (score, first), *others = scored
        if score < ALIKE or (others and others[0][0] > score - AHEAD):
            return None
        return tools[first]

    def _alike(self, encoder: SentenceEncoder, heard: Floats, tool: Tool) -> float:
        key = tool.fingerprint
        if key not in self._known:
            self._known[key] = encoder.embed_all(described(tool))
        return float(np.max(self._known[key] @ heard))

    def _ready(self) -> SentenceEncoder | None:
        if self._encoder is None and not self._missing:
            try:
                self._encoder = self._load()
            except Exception as error:  # noqa: BLE001 - without the model, tools are asked for in the owner's sentences
                log.info("tools can't be found by what they are for: %s", error)
                self._missing = True
        return self._encoder


def described(tool: Tool) -> list[str]:
    """What the tool says it is for: its name in words, and the first sentence of its description."""
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", tool.title).replace("_", " ").replace("-", " ").lower()
    first = re.split(r"(?<=[.!?])\s|\n", tool.description.strip(), maxsplit=1)[0][:300]
    return [text for text in (name, first) if text]
