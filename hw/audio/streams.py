"""What PortAudio is asked for when a sound card is opened, and how it is given back."""

import logging
from contextlib import suppress
from typing import Any

from hw.audio.cards import portaudio
from hw.audio.duplex import RATE_HZ, AudioFault

log = logging.getLogger(__name__)

_MISSING = {
    "input": "No microphone was found{}; plug one in, or name it in config.toml under [audio].",
    "output": "No loudspeaker was found{}; plug one in, or name it in config.toml under [audio].",
}


def settings(name: str | int | None, kind: str) -> tuple[str, dict[str, Any]]:
    """Return the device's own name and what a stream of this kind ("input", "output") is opened with.

    Our rate where a microphone can do it, else the device's own; one channel, else two, else all that it has.
    Raises AudioFault.
    """
    sounddevice = portaudio()
    try:
        device = sounddevice.query_devices(name, kind)
    except (ValueError, sounddevice.PortAudioError):
        raise AudioFault(_MISSING[kind].format("" if name is None else f" by the name {name!r}")) from None
    check = sounddevice.check_input_settings if kind == "input" else sounddevice.check_output_settings
    own = [int(device["default_samplerate"]), 48_000, 44_100]
    for rate in [RATE_HZ, *own] if kind == "input" else [*own, RATE_HZ]:
        for channels in dict.fromkeys((1, 2, int(device[f"max_{kind}_channels"]))):
            asked = {"device": name, "channels": channels, "dtype": "float32", "samplerate": rate}
            try:
                check(**asked)
            except (ValueError, sounddevice.PortAudioError):
                continue
            return str(device["name"]), asked
    raise AudioFault(f"{device['name']} can't be opened as {kind}: it offers no usable rate.")


def opened(make: Any, asked: dict[str, Any]) -> Any:
    """Return a stream that runs. Raises AudioFault."""
    sounddevice = portaudio()
    try:
        stream = make(**asked)
    except (ValueError, sounddevice.PortAudioError) as error:
        raise AudioFault(f"The sound card can't be opened: {error}.") from None
    try:
        stream.start()
    except sounddevice.PortAudioError as error:
        shut(stream)
        raise AudioFault(f"The sound card can't be opened: {error}.") from None
    return stream


def look_again() -> None:
    """PortAudio lists the devices once; what was plugged in since is only found by starting it anew.

    Raises AudioFault.
    """
    sounddevice = portaudio()
    with suppress(sounddevice.PortAudioError):
        sounddevice._terminate()  # noqa: SLF001
    try:
        sounddevice._initialize()  # noqa: SLF001
    except sounddevice.PortAudioError as error:
        raise AudioFault(f"The sound cards can't be listed: {error}.") from None


def shut(stream: Any) -> None:
    """Close a stream, whatever state it is in; what was under way in it is dropped."""
    try:
        stream.close()
    except Exception:
        log.exception("the sound card didn't close")
