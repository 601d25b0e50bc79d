"""What was said, and when the person was done."""

from device.ears.ears import Ears, Utterance
from device.ears.front_end import FrontEnd
from device.ears.models import Models
from device.ears.overhearing import is_echo
from device.ears.turn_end import Limits

__all__ = ["Ears", "FrontEnd", "Limits", "Models", "Utterance", "is_echo"]
