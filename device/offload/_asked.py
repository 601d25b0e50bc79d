"""A question that was sent to the bridge, and what has come back of its answer so far."""

import asyncio
from collections.abc import Sequence

from cloud_bridge.protocol import Answer, AnswerPiece, Exchange


class Asked:
    """Filled by the inbox, read by whoever asked."""

    def __init__(self, job: str) -> None:
        self.job = job
        self.text = ""
        """The answer so far; when `answer` is there, all of it."""
        self.answer: Answer | None = None
        self.trouble: tuple[str, str] | None = None
        """Why there is none: the code and a plain sentence."""
        self.category: str | None = None
        """What the bridge has refused it as."""
        self.changed = asyncio.Event()
        """Set when something came; cleared by whoever looks."""
        self._next = 0

    @property
    def over(self) -> bool:
        """Nothing more comes."""
        return self.answer is not None or self.trouble is not None

    def take_piece(self, piece: AnswerPiece) -> None:
        """The next words; one that is out of its order is dropped, and then the whole answer is waited for."""
        if piece.index == self._next and not self.over:
            self._next += 1
            self.text += piece.text
            self.changed.set()

    def end(
        self, *, answer: Answer | None = None, trouble: tuple[str, str] | None = None, category: str | None = None
    ) -> None:
        """The job is over."""
        self.answer, self.trouble, self.category = answer, trouble, category
        if answer is not None:
            self.text = answer.text
        self.changed.set()


def words_sent(question: str, context: Sequence[Exchange]) -> str:
    """All the words that leave with a question, as the policy decides about them and the audit log shows them."""
    before = [f"(before: {exchange.question} {exchange.answer})" for exchange in context]
    return " ".join([*before, question])
