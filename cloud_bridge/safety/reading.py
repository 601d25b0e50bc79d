"""Texts looked at: what is asked for and what is answered, by the lists that devices have, too.

A device may be anybody's, so that what it has looked at counts for nothing here.
"""

from edge_models.moderation.talk import Talk
from edge_models.moderation.words import ARTIST, Words


class Reading:
    """The lists, compiled once (some 100 ms). A sentence takes 0.05 ms, a text of 4,000 characters 10 ms."""

    def __init__(self) -> None:
        self._words, self._talk = Words(), Talk()

    def drawn(self, text: str, *, child: bool) -> str | None:
        """Why this is not drawn, as its kind; None when it may be. For a child less may be."""
        refused = self._words.refused(text, child=child)
        return refused.kind if refused else None

    def said(self, text: str, *, child: bool) -> str | None:
        """Why this is not talked about, as its kind; None when it may be. For a child less may be."""
        refused = self._talk.refused(text)
        if refused is None and child:
            refused = self._words.refused(text, child=True)
        return refused.kind if refused and refused.kind != ARTIST else None  # whom one may talk about
