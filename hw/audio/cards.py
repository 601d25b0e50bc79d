"""Which sound cards this machine has."""

from dataclasses import dataclass

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


def find_cards() -> Cards:
    """Ask PortAudio. Raises AudioFault when the library is missing."""
    try:
        import sounddevice
    except OSError:
        raise AudioFault(
            "The sound library PortAudio is missing; install it with: apt-get install libportaudio2"
        ) from None
    devices = list(enumerate(sounddevice.query_devices()))
    return Cards(
        microphones={number: str(device["name"]) for number, device in devices if device["max_input_channels"] > 0},
        speakers={number: str(device["name"]) for number, device in devices if device["max_output_channels"] > 0},
    )
