"""What the device does when it has understood."""

from device.skills.base import Skill, Turn
from device.skills.control import restore_volume
from device.skills.registry import Skills
from device.skills.standard import standard_skills

__all__ = ["Skill", "Skills", "Turn", "restore_volume", "standard_skills"]
