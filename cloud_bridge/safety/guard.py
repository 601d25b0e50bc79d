"""All of a bridge's safety in one place, by its settings: what its parts ask it, and the works that it guards."""

from collections.abc import Callable

from cloud_bridge.config import Provenance, Safety
from cloud_bridge.picture import Picture
from cloud_bridge.protocol import Chat, ImageCreate, ImageEdit
from cloud_bridge.providers.openai_images import Inputs, Made
from cloud_bridge.registry import Moderation
from cloud_bridge.safety.guarded import Guarded
from cloud_bridge.safety.identifiers import Identifiers
from cloud_bridge.safety.provenance import Signing
from cloud_bridge.safety.reading import Reading
from cloud_bridge.safety.seeing import seeing
from cloud_bridge.worker import Work


def _standard(_device: str) -> Moderation:
    return "standard"


class Guard:
    """One a bridge."""

    def __init__(
        self,
        settings: Safety,
        provenance: Provenance | None,
        secret: bytes,
        *,
        level: Callable[[str], Moderation] = _standard,
    ) -> None:
        """`secret`: of the pseudonyms. `level`: of a device, where the bridge knows one. Raises ConfigError."""
        self._reading = Reading() if settings.text == "on" else None
        self._seeing = seeing(settings)
        self._signing = Signing(provenance) if provenance is not None else None
        self._level = (lambda _device: "child") if settings.level == "child" else level
        self.whose = Identifiers(secret).of
        """A device's pseudonym for providers."""

    def over(self, work: Work) -> Work:
        """The work, guarded."""
        return Guarded(work, reading=self._reading, level=self._level)

    def sayable(self, request: Chat, text: str) -> bool:
        """Whether this part of an answer may be told."""
        return self._reading is None or self._reading.said(text, child=request.child) is None

    async def shown(self, request: ImageCreate | ImageEdit, data: bytes) -> str | None:
        """Why this picture of a job is not shown, as its kind; None when it may be."""
        return await self._seeing.shown(data, child=request.child) if self._seeing is not None else None

    async def signed(self, made: Made, provider: str, inputs: Inputs | None) -> Picture:
        """The picture as it is handed over. Raises ProviderFailed."""
        return made.picture if self._signing is None else await self._signing.signed(made, provider, inputs)
