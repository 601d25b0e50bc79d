"""What draws drafts: the compositor, or the trained model."""

from typing import Protocol

from PIL import Image

from edge_models.image.scene import Scene


class Drafter(Protocol):
    """An engine for drafts."""

    @property
    def engine(self) -> str:
        """Its name on the page: of who drew last, where one stands in for another."""
        ...

    def draft(self, scene: Scene, *, seed: int) -> Image.Image:
        """A 512 by 512 RGB picture, the same for the same scene and seed; unknown subjects are left out."""
        ...

    def close(self) -> None:
        """Give back what it holds; nothing can be drawn after that."""
        ...
