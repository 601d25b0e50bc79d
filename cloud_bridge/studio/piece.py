"""What a commission asks for: a scene to be drawn, or pictures to be changed. Either can be painted."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypedDict, Unpack

from PIL import Image

from cloud_bridge.studio.wire import Refused
from edge_models.image.finish import finish
from edge_models.image.retouch import Impossible, Part, Pixels, Wish, retouch
from edge_models.image.scene import Scene


class How(TypedDict):
    """How it is painted: what `finish` and `retouch` both take."""

    seed: int
    partials: int
    """So many intermediate pictures are shown."""
    on_progress: Callable[[float], None]
    on_partial: Callable[[Image.Image], None]
    cancelled: Callable[[], bool]


class Piece(Protocol):
    """Something that can be painted."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of what comes out."""
        ...

    @property
    def transparent(self) -> bool:
        """Whether something shows through what comes out."""
        ...

    def paint(self, **how: Unpack[How]) -> Image.Image:
        """The picture, RGB or RGBA, as `finish` and `retouch` say it. Raises Cancelled and Refused."""
        ...


@dataclass(frozen=True, slots=True)
class Drawing:
    """A scene."""

    scene: Scene
    size: tuple[int, int]
    transparent: bool = False

    def paint(self, **how: Unpack[How]) -> Image.Image:
        """See `finish`."""
        width, height = self.size
        return finish(self.scene, width=width, height=height, **how)


@dataclass(frozen=True, slots=True)
class Retouching:
    """Pictures, of which the first is changed."""

    pictures: tuple[Pixels, ...]
    wishes: tuple[Wish, ...]
    marked: Part | None
    size: tuple[int, int]
    transparent: bool

    def paint(self, **how: Unpack[How]) -> Image.Image:
        """See `retouch`. Raises Refused where the pictures don't allow what was wished."""
        try:
            return retouch(self.pictures, self.wishes, marked=self.marked, **how)
        except Impossible as impossible:
            raise Refused(400, impossible.code, str(impossible), param="prompt") from None
