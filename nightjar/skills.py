"""The public face for skills that others write: import from here alone."""

from device.context.plan import Step
from device.data import Data
from device.skills.base import Skill, Turn

__all__ = ["Data", "Skill", "Step", "Turn"]
