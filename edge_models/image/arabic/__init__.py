"""Pictures in Arabic: what is said about them in the vocabulary's own English words, and scenes in Arabic words."""

from edge_models.image.arabic.translation import in_english

__all__ = ["in_english"]
