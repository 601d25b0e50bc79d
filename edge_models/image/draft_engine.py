"""Loads the draft model: on the GPU where an engine of it was built for that one and runs, else on the processor."""

import logging
from pathlib import Path

from edge_models.image.draft_model import FOLDER, NETWORK, DraftModel
from edge_models.image.enlarge import MODEL, Enlarger
from edge_models.image.scene import Scene
from edge_models.models import ModelError, ModelStore
from edge_models.network import Network
from edge_models.tensorrt import EngineError, Engines, load_engine

log = logging.getLogger(__name__)

NAME = "draft"
"""Of its engine, and of the model where models are named."""


def load_draft_model(models: ModelStore) -> DraftModel:
    """Load it; engines lie beside the models, in `$NIGHTJAR_HOME/engines`. Raises ModelError."""
    enlarger = Enlarger(models.path(MODEL))
    gpu = _on_gpu(models.root.parent / "engines")
    if gpu is None:
        return DraftModel(enlarger)
    try:
        model = DraftModel(enlarger, gpu=gpu)
    except ModelError:
        gpu.close()
        raise
    model.draft(Scene(), seed=0)  # the first run sets much up, and shows whether the GPU can do it
    return model


def _on_gpu(root: Path) -> Network | None:
    """The model's engine; None where none was built, or it can't be loaded, which the log says."""
    engines = Engines(root)
    if engines.built(NAME) is None:
        return None
    try:
        return load_engine(NAME, FOLDER / NETWORK, engines)
    except EngineError as error:
        log.warning("drafts are drawn on the processor: %s", error)
        return None
