"""The picture models that people flash: SD-Turbo, SDXL-Turbo, SANA-Sprint and FLUX.1 schnell, run without torch."""

from edge_models.diffusion.card import Card, read_card
from edge_models.diffusion.parts import OpenPart, Part
from edge_models.diffusion.turbo import TurboPicture

__all__ = ["Card", "OpenPart", "Part", "TurboPicture", "read_card"]
