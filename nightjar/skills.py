"""The public face for skills that others write: import from here alone.

A package names its skill under the entry-point group `nightjar.skills`; docs/skills.md shows how.
"""

from device.context.plan import Step
from device.context.surroundings import Surroundings
from device.data import Data
from device.skills.base import API, Skill, Turn

__all__ = ["API", "Data", "Skill", "Step", "Surroundings", "Turn"]
