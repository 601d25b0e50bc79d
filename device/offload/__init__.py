"""Heavy work for the bridge: committed before a byte leaves, sent when there is a way, ended exactly once."""

from device.offload._ages import ANSWER_WITHIN_S
from device.offload._asked import Asked, words_sent
from device.offload._offload import Offload
from device.offload._quota import NoBridge, NotPermitted, OffloadRefused, OutboxFull

__all__ = [
    "ANSWER_WITHIN_S",
    "Asked",
    "NoBridge",
    "NotPermitted",
    "Offload",
    "OffloadRefused",
    "OutboxFull",
    "words_sent",
]
