"""Changes pictures that are there already: pixels in, pixels out, and nothing outside a marked part.

`read_wishes` understands the words, `retouch` does what they say; one file an operation.
"""

from edge_models.image.retouch.plan import Plan, planned
from edge_models.image.retouch.region import Part, Pixels, filled_in, grown
from edge_models.image.retouch.retouch import retouch
from edge_models.image.retouch.wish import Wish
from edge_models.image.retouch.words import Unclear, read_wishes
from edge_models.image.retouch.work import Impossible

__all__ = [
    "Impossible",
    "Part",
    "Pixels",
    "Plan",
    "Unclear",
    "Wish",
    "filled_in",
    "grown",
    "planned",
    "read_wishes",
    "retouch",
]
