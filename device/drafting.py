"""Which engine draws this device's drafts."""

from device.config import Pictures
from edge_models.image.compositor import Compositor
from edge_models.image.drafter import Drafter
from edge_models.models import ModelStore

ENLARGER = "realesr-animevideov3-x4"


def load_drafter(pictures: Pictures, models: ModelStore) -> Drafter:
    """The engine that was chosen; nothing chosen: the trained model where it has passed its gate and is installed.

    Raises ModelError when the model was chosen and can't be used.
    """
    if pictures.draft == "compositor" or (pictures.draft is None and not models.installed(ENLARGER)):
        return Compositor()
    # Only now: ncnn and the network are of no use to who draws with the compositor.
    from edge_models.image.draft_engine import load_draft_model
    from edge_models.image.draft_model import read_card

    if pictures.draft is None and not read_card().gate.passed:
        return Compositor()
    return load_draft_model(models)
