"""Pictures looked at: what is sent to be changed, what comes back while it is made, and what is made in the end.

The model looks for nakedness and nothing else (`edge_models.moderation.sights`), in threads of its own: so many
pictures at a time as there are threads, and the others wait.
"""

import asyncio
import io
import logging
from concurrent.futures import ThreadPoolExecutor

from PIL import Image

from cloud_bridge.config import ConfigError, Safety
from edge_models.catalogue import ModelError
from edge_models.models import ModelStore
from edge_models.moderation.sights import MODEL, Sights

log = logging.getLogger(__name__)

NAKED = "sexual"
UNFIT = 0.8
"""From there on a picture is very likely pornographic, its authors say."""
UNFIT_FOR_CHILDREN = 0.4
"""Theirs is 0.2 for "safe". Of 150 drafts and 29 photographs of all kinds none came to 0.2 (2026-11)."""
THREADS = 2


class Seeing:
    """The model, loaded."""

    def __init__(self, sights: Sights) -> None:
        self._sights = sights
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="seeing")

    async def shown(self, data: bytes, *, child: bool) -> str | None:
        """Why this picture is not shown, as its kind; None when it may be. It has been decoded before."""
        share = await asyncio.get_running_loop().run_in_executor(self._threads, self._naked, data)
        return NAKED if share >= (UNFIT_FOR_CHILDREN if child else UNFIT) else None

    def _naked(self, data: bytes) -> float:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as picture:
            return self._sights.naked(picture)


def seeing(settings: Safety) -> Seeing | None:
    """By the settings; None: pictures are not looked at. Raises ConfigError."""
    if settings.pictures == "off":
        return None
    try:
        store = ModelStore(settings.models) if settings.models else None
        if settings.pictures == "auto" and (store is None or not store.installed(MODEL)):
            log.info("pictures are not looked at: the model %s is not installed", MODEL)
            return None
        if store is None:
            raise ModelError("safety.models doesn't say where models are.")
        return Seeing(Sights(store.path(MODEL)))
    except ModelError as error:
        raise ConfigError(f"Pictures can't be looked at: {error}") from None
