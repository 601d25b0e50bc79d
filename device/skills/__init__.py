"""What the device does when it has understood."""

from device.skills.base import Skill, Turn
from device.skills.registry import Skills

__all__ = ["Skill", "Skills", "Turn"]
