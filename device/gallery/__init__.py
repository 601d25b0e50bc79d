"""What was made, with its history: pictures, and of each the draft, the partial ones and the final."""

from device.gallery._gallery import Gallery, Prepared, TooLate, UnknownPicture
from device.gallery._image import BadPicture
from device.gallery._picture import Picture, Version, artifact

__all__ = ["BadPicture", "Gallery", "Picture", "Prepared", "TooLate", "UnknownPicture", "Version", "artifact"]
