"""What the household has switched on until it is switched off: child mode, and keeping everything on the device."""

from collections.abc import Callable
from typing import Literal

from device.store import Store

Mode = Literal["child", "private"]


class Modes:
    """Kept over restarts."""

    def __init__(self, store: Store, changed: Callable[[], None] = lambda: None) -> None:
        """`changed` is called after each change; so is loading what is on."""
        self._store = store
        self._changed = changed
        self._on: dict[Mode, bool] = {"child": False, "private": False}

    @property
    def child(self) -> bool:
        """Children use the device: what is drawn is stricter."""
        return self._on["child"]

    @property
    def private(self) -> bool:
        """Nothing leaves the device."""
        return self._on["private"]

    async def load(self) -> None:
        """Take up what was set before the device was switched off. Raises StoreError."""
        for mode in self._on:
            self._on[mode] = await self._store.setting(_key(mode)) == "yes"
        if self.child or self.private:
            self._changed()

    async def set(self, mode: Mode, *, on: bool) -> None:
        """Switch a mode. It holds even when the disk refuses to keep it, which is a StoreError."""
        self._on[mode] = on
        self._changed()
        await self._store.set_setting(_key(mode), "yes" if on else "no")


def _key(mode: Mode) -> str:
    return f"mode.{mode}"
