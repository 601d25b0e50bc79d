"""The kinds of data that could leave a device."""

from enum import StrEnum


class Data(StrEnum):
    """What a skill may want to send away; settings call them by these words."""

    TEXT = "text"
    """What somebody said or typed, and what was made of it: a prompt, a question."""
    AUDIO = "audio"
    """A recording."""
    PHOTO = "photo"
    """A picture that a camera took, or that was drawn into one; not one that was made of words."""
    LOCATION = "location"
    """Where the device is."""
