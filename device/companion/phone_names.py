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


def spoken_name(session: Session) -> str:
    """The name that the phone was given, else what it is: `Mum's phone`, `the kitchen display`, `your iPhone`."""
    called = session.called
    if not called:
        return f"your {kind(session.name)}"
    owned = "'s " in called or "’s " in called
    return called if owned or called.lower().startswith(("the ", "my ", "our ")) else f"the {called}"


def source(session: Session | None) -> str:
    """Where a photo came from."""
    return "this computer" if session is None else spoken_name(session)
