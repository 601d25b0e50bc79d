"""A picture model on this machine: where it lies, what it is called, and by what its parts are run here."""

import logging
import os
from collections.abc import Mapping
from pathlib import Path

from edge_models.diffusion.card import Card, read_card
from edge_models.diffusion.parts import Part
from edge_models.diffusion.turbo import TurboPicture
from edge_models.diffusion.wiring import Family
from edge_models.network import Network, OnnxNetwork
from edge_models.tensorrt import EngineError, Engines, load_engine
from edge_models.tensorrt.model import engine_name

log = logging.getLogger(__name__)

_CALLED: Mapping[Family, str] = {
    "sd-turbo": "SD-Turbo",
    "sdxl-turbo": "SDXL-Turbo",
    "sana-sprint": "SANA-Sprint",
    "flux-schnell": "FLUX.1 schnell",
}


class PictureModelHere:
    """An exported model in `$NIGHTJAR_HOME/exported`; only its card is read so far."""

    def __init__(self, name: str, home: Path) -> None:
        """Raises ModelCorrupt where it isn't there, or its card can't be used."""
        self.folder = folder_of(name, home)
        self.card: Card = read_card(self.folder)
        self._name = name
        self._engines = Engines(home / "engines")

    @property
    def called(self) -> str:
        """As people know it."""
        return _CALLED[self.card.family]

    @property
    def least_bytes(self) -> int:
        """What it takes where its parts are loaded one after the other."""
        return max(part.size_bytes + part.working_bytes for part in self.card.parts.values())

    def load(self, may_use_bytes: int) -> TurboPicture:
        """Check all its files, and make it ready. Raises ModelError."""
        return TurboPicture(self.folder, self._open, may_use_bytes)

    def _open(self, part: Part) -> Network:
        """As the engine that was built for this machine's GPU; where there is none that runs, on the processor."""
        try:
            return load_engine(engine_name(self._name, part.name), part.path, self._engines)
        except EngineError as error:
            log.info("the %s of %s runs on the processor: %s", part.name, self._name, error)
            return OnnxNetwork(part.path, threads=max(1, (os.cpu_count() or 2) - 1))


def folder_of(name: str, home: Path) -> Path:
    """Where an exported model lies."""
    return home / "exported" / name
