"""What was made, with its history: pictures, and of each the draft, the partial ones and the final."""

from device.gallery._edits import Edits
from device.gallery._gallery import Gallery, Prepared, TooLate, UnknownPicture
from device.gallery._image import BadPicture
from device.gallery._photo import MAX_BYTES as MAX_PHOTO_BYTES
from device.gallery._photo import read_photo
from device.gallery._picture import Picture, Version, artifact
from device.gallery._pixels import pixels
from device.gallery._region import BadRegion, Region, Regions, read_region
from device.gallery._trash import Trash

__all__ = [
    "MAX_PHOTO_BYTES",
    "BadPicture",
    "BadRegion",
    "Edits",
    "Gallery",
    "Picture",
    "Prepared",
    "Region",
    "Regions",
    "TooLate",
    "Trash",
    "UnknownPicture",
    "Version",
    "artifact",
    "pixels",
    "read_photo",
    "read_region",
]
