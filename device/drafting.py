"""Which engine draws this device's drafts."""

import logging
from pathlib import Path

from device.config import Pictures
from edge_models.image.compositor import Compositor
from edge_models.image.drafter import Drafter
from edge_models.image.scene import Scene
from edge_models.models import ModelError, ModelStore
from edge_models.network import Network
from edge_models.tensorrt.engines import EngineError, Engines

log = logging.getLogger(__name__)

ENLARGER = "realesr-animevideov3-x4"


def load_drafter(pictures: Pictures, models: ModelStore) -> Drafter:
    """The engine that was chosen; nothing chosen: the trained model where it has passed its gate and is installed.

    The model runs on the GPU where `nightjar models build` has made an engine of it for that; that one lies beside the
    models, in `$NIGHTJAR_HOME/engines`. Raises ModelError when the model was chosen and can't be used.
    """
    if pictures.draft == "compositor" or (pictures.draft is None and not models.installed(ENLARGER)):
        return Compositor()
    # Only now: ncnn and the network are of no use to who draws with the compositor.
    from edge_models.image.draft_model import read_card

    if pictures.draft is None and not read_card().gate.passed:
        return Compositor()
    return _draft_model(models)


def _draft_model(models: ModelStore) -> Drafter:
    """The trained model, on the GPU where it can be. Raises ModelError."""
    from edge_models.image.draft_model import DraftModel
    from edge_models.image.enlarge import Enlarger

    enlarger = Enlarger(models.path(ENLARGER))
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
    if engines.built("draft") is None:
        return None
    from edge_models.image.draft_model import FOLDER, NETWORK
    from edge_models.tensorrt import load_engine

    try:
        return load_engine("draft", FOLDER / NETWORK, engines)
    except EngineError as error:
        log.warning("drafts are drawn on the processor: %s", error)
        return None
