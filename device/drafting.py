"""Which engine draws this device's drafts: the compositor, or the trained model while there is memory for it."""

import ctypes
import logging
from collections.abc import Callable
from contextlib import suppress

from PIL import Image

from device.config import Pictures
from device.memory_plan import DRAFT_BYTES, DRAFT_MODEL, ENLARGER
from edge_models.image.compositor import Compositor
from edge_models.image.drafter import Drafter
from edge_models.image.scene import Scene
from edge_models.models import ModelError, ModelStore
from edge_models.residency import Rank, Residency, TooLittleMemory

log = logging.getLogger(__name__)


class DraftOnDemand:
    """The trained model; where there is no memory for it, the compositor draws. For one thread at a time."""

    def __init__(self, load: Callable[[], Drafter], residency: Residency) -> None:
        """`load` takes 0.1 s, and raises ModelError."""
        self._load = load
        self._compositor = Compositor()
        self._model: Drafter | None = None
        self._place = residency.place(DRAFT_MODEL, Rank.DRAFT, DRAFT_BYTES, free=self._free)
        self.engine = self._compositor.engine
        """Who drew last, or is to draw first."""

    def ready(self) -> None:
        """Load the model, if there is room. Raises ModelError when it can't be used."""
        try:
            with self._place.in_use():
                self.engine = self._loaded().engine
        except TooLittleMemory as error:
            log.warning("%s The compositor draws.", error)

    def draft(self, scene: Scene, *, seed: int) -> Image.Image:
        """As Drafter.draft; `engine` says afterwards who drew it."""
        drafter: Drafter = self._compositor
        try:
            with self._place.in_use():
                drafter = self._loaded()
                return drafter.draft(scene, seed=seed)
        except (ModelError, MemoryError) as error:
            log.warning("The compositor draws: %s", error)
            drafter = self._compositor
            return drafter.draft(scene, seed=seed)
        finally:
            self.engine = drafter.engine

    def _loaded(self) -> Drafter:
        if self._model is None:
            try:
                self._model = self._load()
            except BaseException:
                self._place.empty()
                raise
        return self._model

    def close(self) -> None:
        """Give the model's memory back; the next draft would load it again."""
        model, self._model = self._model, None
        if model is not None:
            model.close()

    def _free(self) -> None:
        self.close()
        # The C library would keep half of it for the next who asks this process; others are to have it.
        with suppress(AttributeError, OSError):
            ctypes.CDLL(None).malloc_trim(0)


def load_drafter(pictures: Pictures, models: ModelStore, residency: Residency | None = None) -> Drafter:
    """The engine that was chosen; nothing chosen: the trained model where it has passed its gate and is installed.

    Raises ModelError when the model was chosen and can't be used.
    """
    if pictures.draft == "compositor" or (pictures.draft is None and not models.installed(ENLARGER)):
        return Compositor()
    # Only now: ncnn and the network are of no use to who draws with the compositor.
    from edge_models.image.draft_engine import load_draft_model
    from edge_models.image.draft_model import read_card

    try:
        if pictures.draft is None and not read_card().gate.passed:
            return Compositor()
        drafter = DraftOnDemand(lambda: load_draft_model(models), residency or Residency())
        drafter.ready()
    except ModelError as error:
        if pictures.draft is not None:
            raise
        log.warning("The compositor draws: %s", error)
        return Compositor()
    return drafter
