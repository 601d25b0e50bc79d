"""What is said to somebody whose job is refused: one plain sentence with the reason's kind, and none of the words."""

from cloud_bridge.protocol import Usage
from cloud_bridge.providers.faults import ProviderFailed

WHY = {
    "sexual": "it is sexual",
    "minors": "it is about abusing children",
    "violence": "it is cruel",
    "self_harm": "it is about hurting oneself",
    "hate": "it is hateful",
    "dangerous": "somebody could be hurt with it",
    "artist": "it would imitate a living artist by name",
}
FOR_CHILDREN = "it is not for children"
"""Of the other kinds, which only count for children."""
IN_NEED = (
    "If you feel like hurting yourself, please talk now to somebody you trust, or call the emergency number of where "
    "you are."
)


class Refused(ProviderFailed):
    """The bridge itself refuses the job: `category` says why. With `usage` somebody was asked and has to be paid."""

    def __init__(self, kind: str, text: str, *, usage: Usage | None = None) -> None:
        super().__init__("refused", text, usage=usage)
        self.category = kind
        self.asked = usage is not None


def not_drawn(kind: str) -> Refused:
    """A picture that is not asked for."""
    return Refused(kind, f"This picture is not made: {WHY.get(kind, FOR_CHILDREN)}.")


def not_changed(kind: str) -> Refused:
    """A picture that is not sent on."""
    return Refused(kind, f"This picture is not changed: {WHY.get(kind, FOR_CHILDREN)}.")


def not_answered(kind: str) -> Refused:
    """A question that is not asked."""
    return Refused(kind, IN_NEED if kind == "self_harm" else f"This is not answered: {WHY.get(kind, FOR_CHILDREN)}.")


def not_shown(kind: str, usage: Usage) -> Refused:
    """A picture that was made, and is not handed over."""
    return Refused(kind, f"The picture that was made is not shown: {WHY.get(kind, FOR_CHILDREN)}.", usage=usage)


def not_said(kind: str, usage: Usage) -> Refused:
    """An answer that came, and is not handed over."""
    return Refused(kind, f"The answer that came is not told: {WHY.get(kind, FOR_CHILDREN)}.", usage=usage)
