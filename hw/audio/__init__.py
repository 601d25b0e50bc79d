"""The board's ear and mouth: `Duplex` is what the device sees, `card` a sound card, `files` plays and records files."""

from hw.audio.duplex import BLOCK_SAMPLES, RATE_HZ, AudioFault, Block, Duplex

__all__ = ["BLOCK_SAMPLES", "RATE_HZ", "AudioFault", "Block", "Duplex"]
