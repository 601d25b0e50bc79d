"""The sentences of both languages, which tests take to have no fault."""

from device.phrases import Phrases

ENGLISH = Phrases("en", strict=True)
ARABIC = Phrases("ar", strict=True)
