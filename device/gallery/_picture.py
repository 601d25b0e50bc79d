"""What the gallery holds."""

from dataclasses import dataclass
from pathlib import Path

from device.events import Artifact, Stage
from edge_models.image.scene import Scene

_RANK = {"draft": 0, "partial": 1, "final": 2}


@dataclass(frozen=True, slots=True)
class Version:
    """One image file of a picture."""

    id: str
    """UUIDv7; what events and the page call the artifact."""
    stage: Stage
    engine: str
    """Who made it, as the page names it."""
    path: Path
    """Absolute; the file is named by its SHA-256 and never changes."""
    sha256: str
    media_type: str
    """`image/png`, `image/jpeg` or `image/webp`."""
    width: int
    height: int
    created_at: float
    """Unix seconds."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One thing that was asked for."""

    id: str
    """UUIDv7."""
    turn: str
    """The turn in which it was asked for."""
    prompt: str
    scene: Scene | None
    """What the device's own engine drew; None where it had no part."""
    seed: int
    parent: str | None
    """The picture it was changed from."""
    created_at: float
    """Unix seconds."""
    versions: tuple[Version, ...]
    """In the order in which they came."""
    others: tuple[str, ...] = ()
    """What else it was put together from."""
    source: str | None = None
    """The phone that a photo came from; None: it was drawn."""
    backdrop: str | None = None
    """The photo that lies behind the drawing."""
    region: str | None = None
    """The part of its parent that was changed; None: no part was marked."""

    @property
    def of_a_photo(self) -> bool:
        """Whether a photo can be seen in it: it is one, or was drawn into one."""
        return self.scene is None or self.backdrop is not None

    @property
    def best(self) -> Version | None:
        """The final, else the latest partial, else the draft; None before there is any."""
        ranked = [(_RANK[version.stage], number) for number, version in enumerate(self.versions)]
        return self.versions[max(ranked)[1]] if ranked else None


def artifact(picture_id: str, version: Version) -> Artifact:
    """The event that says: this version of the picture can be looked at."""
    return Artifact(
        artifact=version.id,
        picture=picture_id,
        stage=version.stage,
        engine=version.engine,
        path=str(version.path),
        width=version.width,
        height=version.height,
    )
