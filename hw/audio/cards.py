"""Which sound cards this machine has."""

from dataclasses import dataclass
from types import ModuleType

from hw.audio.duplex import AudioFault


@dataclass(frozen=True, slots=True)
class Cards:
    """Names of devices by PortAudio's number."""

    microphones: dict[int, str]
    speakers: dict[int, str]

    @property
    def complete(self) -> bool:
        """Whether there is something to hear with and something to speak with."""
        return bool(self.microphones and self.speakers)


def portaudio() -> ModuleType:
    """Return `sounddevice`. Raises AudioFault when the library behind it is missing."""
    # Here and not above: the import itself fails where PortAudio isn't installed, and only a real card needs it.
    try:
        import sounddevice
    except OSError:
        raise AudioFault(
            "The sound library PortAudio is missing; install it with: sudo apt-get install libportaudio2"
        ) from None
    return sounddevice


def find_cards() -> Cards:
    """Ask PortAudio. Raises AudioFault when it is missing or can't say."""
    sounddevice = portaudio()
    try:
        devices = list(enumerate(sounddevice.query_devices()))
    except sounddevice.PortAudioError as error:
        raise AudioFault(f"The sound cards can't be listed: {error}.") from None
    return Cards(
        microphones={number: str(device["name"]) for number, device in devices if device["max_input_channels"] > 0},
        speakers={number: str(device["name"]) for number, device in devices if device["max_output_channels"] > 0},
    )
