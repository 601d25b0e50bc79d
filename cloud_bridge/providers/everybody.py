"""Everybody whom the bridge asks, built from its settings."""

from collections.abc import Sequence
from typing import Literal

from cloud_bridge.config import BridgeConfig
from cloud_bridge.health import Watched, What
from cloud_bridge.providers.openai_chat import OpenAIChat
from cloud_bridge.providers.openai_images import OpenAIImages
from cloud_bridge.providers.panel import Panel, Standing
from cloud_bridge.providers.search import searching
from cloud_bridge.providers.settings import Does
from cloud_bridge.witness import NOBODY, Witness


class Providers:
    """A panel for each capability, None where there is nobody; a search."""

    def __init__(self, config: BridgeConfig, *, witness: Witness = NOBODY) -> None:
        painters = [OpenAIImages(provider) for provider in config.all_providers]
        chats = [OpenAIChat(chat) for chat in config.all_chats]
        self.images = _who_can("generate", painters, witness)
        self.edits = _who_can("edit", painters, witness)
        self.chat = Panel(chats, witness=witness) if chats else None
        self.search = searching(config.search) if config.search else None
        self._all = [*painters, *chats, *([self.search] if self.search else [])]

    async def close(self) -> None:
        """Close all connections."""
        for each in self._all:
            await each.close()

    def watched(self) -> dict[What, Watched]:
        """Those that there are. A search is somebody's gift: it is asked seldom."""
        found: dict[What, Watched] = {}
        if self.images is not None:
            found["image"] = Watched(self.images)
        if self.edits is not None:
            found["edit"] = Watched(self.edits)
        if self.chat is not None:
            found["chat"] = Watched(self.chat)
        if self.search is not None:
            found["search"] = Watched(self.search, up_s=600.0, down_s=30.0)
        return found

    def standing(self) -> dict[Literal["image", "edit", "chat"], list[Standing]]:
        """How each of them is now, by what is asked of them: for whoever runs the bridge."""
        panels: tuple[tuple[Literal["image", "edit", "chat"], Panel[OpenAIImages] | Panel[OpenAIChat] | None], ...] = (
            ("image", self.images),
            ("edit", self.edits),
            ("chat", self.chat),
        )
        return {what: panel.standing() for what, panel in panels if panel is not None}

    def open(self, what: What, provider: str) -> bool:
        """Whether this one is left alone just now."""
        return any(each.state == "open" for each in self._standing(what) if each.provider == provider)

    def one_is_away(self, what: What) -> bool:
        """Whether one of several does not work, so that another does its work."""
        states = [each.state for each in self._standing(what)]
        return len(states) > 1 and any(state != "closed" for state in states)

    def _standing(self, what: What) -> list[Standing]:
        return next((standing for asked, standing in self.standing().items() if asked == what), [])


def _who_can(what: Does, painters: Sequence[OpenAIImages], witness: Witness) -> Panel[OpenAIImages] | None:
    able = [painter for painter in painters if painter.can(what)]
    return Panel(able, witness=witness) if able else None
