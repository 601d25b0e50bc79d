"""The board's lights: LEDs as Linux offers them under /sys/class/leds, of one colour or of three.

The files are described in the kernel's Documentation/ABI/testing/sysfs-class-led and sysfs-class-led-multicolor.
"""

from pathlib import Path

LEDS = Path("/sys/class/leds")
Colour = tuple[float, float, float]
"""Red, green and blue, each 0 to 1."""


class LightFault(Exception):
    """The light can't be used; the text is one plain sentence."""


class Light:
    """One LED. Its calls block for as long as its driver does: microseconds on the board, milliseconds behind a bus."""

    def __init__(self, name: str, root: Path = LEDS) -> None:
        """Take the light over from whatever moves it (a disk's activity, a heartbeat). Raises LightFault."""
        self._name = name
        self._files = root / name
        self._max = _number(self._read("max_brightness")) or 255
        self._parts = self._read("multi_index").split() if (self._files / "multi_index").exists() else []
        if (self._files / "trigger").exists():
            self._write("trigger", "none")

    def show(self, colour: Colour) -> None:
        """Shine in `colour`; a light of one colour is as bright as the brightest part. Raises LightFault."""
        if not self._parts:
            self._write("brightness", str(round(max(colour) * self._max)))
            return
        red, green, blue = colour
        by_name = {"red": red, "green": green, "blue": blue}
        # A fourth part, mostly white, stays dark.
        shares = [round(by_name.get(part, 0.0) * self._max) for part in self._parts]
        self._write("multi_intensity", " ".join(map(str, shares)))
        self._write("brightness", str(self._max if any(shares) else 0))

    def _read(self, file: str) -> str:
        try:
            return (self._files / file).read_text(encoding="ascii")
        except FileNotFoundError:
            raise LightFault(f"There is no light {self._name!r}; nightjar doctor lists those there are.") from None
        except (OSError, UnicodeDecodeError) as error:
            raise LightFault(f"The light {self._name!r} can't be read: {_reason(error)}.") from None

    def _write(self, file: str, text: str) -> None:
        try:
            (self._files / file).write_text(text, encoding="ascii")
        except PermissionError:
            raise LightFault(
                f"This user may not write to the light {self._name!r}; a udev rule can allow it."
            ) from None
        except OSError as error:
            raise LightFault(f"The light {self._name!r} doesn't obey: {_reason(error)}.") from None


def find_lights(root: Path = LEDS) -> list[str]:
    """The names of the lights that there are, sorted."""
    try:
        return sorted(entry.name for entry in root.iterdir() if (entry / "brightness").exists())
    except OSError:
        return []


def _number(text: str) -> int:
    """A driver's number; 0 for what is none."""
    return int(text) if text.strip().isdigit() else 0


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or type(error).__name__
