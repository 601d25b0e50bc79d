"""What a paired phone is called when it is spoken of."""

from device.companion.pairing import Session

_KINDS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android phone"),
    ("Macintosh", "Mac"),
    ("Windows", "Windows computer"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux computer"),
)


def kind(user_agent: str) -> str:
    """`iPhone`, `Android phone`, `Linux computer`; `phone` for what says nothing of itself."""
    return next((spoken for word, spoken in _KINDS if word in user_agent), "phone")


def source(session: Session | None) -> str:
    """Where a photo came from: the name that the phone was given, else what it is."""
    if session is None:
        return "this computer"
    return session.called or f"your {kind(session.name)}"
