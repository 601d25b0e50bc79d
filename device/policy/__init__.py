"""What may leave the device, and what is drawn at all: decided in one place."""

from device.data import Data
from device.policy._decide import Decision, Permission, Policy, Wish
from edge_models.moderation.words import ARTIST, Refused, Words

__all__ = ["ARTIST", "Data", "Decision", "Permission", "Policy", "Refused", "Wish", "Words"]
