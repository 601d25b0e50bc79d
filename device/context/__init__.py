"""From words to a plan."""

from device.context.engine import ContextEngine
from device.context.plan import Plan, Step
from device.context.surroundings import PictureSeen, Surroundings

__all__ = ["ContextEngine", "PictureSeen", "Plan", "Step", "Surroundings"]
