"""Shows a picture on one of the household's phones or displays."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from device.context.plan import Step
from device.context.where import MINE
from device.events import PictureSent
from device.gallery import Edits, Gallery
from device.phrases import Phrases
from device.skills.base import Skill, Turn
from device.skills.picture import bring_to_front, meant

MOST_ASKED, MOST_TOLD = 3, 4
"""Phones that one is asked to choose from, and that are told: more no listener keeps in mind."""
_SAID_BEFORE = re.compile(r"^(?:the|my|our|your|a|an|his|her|their) ", re.IGNORECASE)
_MINE = re.compile(r"^(?:my|our) ", re.IGNORECASE)
_KINDS = {"iphone": "phone", "ipad": "tablet", "mac": "computer", "chromebook": "computer", "display": "screen"}
_SCREENS = frozenset({"display", "screen", "phone", "tablet", "page", "computer", "laptop", "monitor", "mobile"})


@dataclass(frozen=True, slots=True)
class Phone:
    """A paired phone, tablet or display."""

    id: str
    name: str
    """`Mum's phone`, `the kitchen display`, `your iPhone`."""
    watching: bool
    """Whether the page is open on it."""


class SendSkill(Skill):
    """Opens the picture on the page of the phone that is named."""

    intents: ClassVar[frozenset[str]] = frozenset({"picture.send"})

    def __init__(
        self, *, gallery: Gallery, edits: Edits, phones: Callable[[], Sequence[Phone]], phrases: Phrases
    ) -> None:
        self._gallery = gallery
        self._edits = edits
        self._phones = phones
        self._phrases = phrases

    async def run(self, step: Step, turn: Turn) -> None:
        """Show it there, or say which phones there are."""
        picture = await meant(step, self._gallery, self._edits)
        if picture is None:
            await turn.say(self._phrases("picture-none"))
            return
        if step.slots.get("outside"):
            await turn.say(self._phrases("picture-not-outside"))
            return
        phones, to = self._phones(), str(step.slots.get("to", ""))
        found = named(to, phones, turn.surroundings.speaker)
        if len(found) != 1:
            await turn.say(self._not_one(to, phones, found))
            return
        (phone,) = found
        # Current everywhere, too: a page that is opened later finds it there.
        await bring_to_front(picture, turn, self._edits)
        turn.publish(PictureSent(picture=picture.id, phone=phone.id))
        await turn.say(self._phrases("picture-on-phone", phone=phone.name, watching=phone.watching))

    def _not_one(self, to: str, phones: Sequence[Phone], found: Sequence[Phone]) -> str:
        if not phones:
            return self._phrases("picture-no-phone")
        if not to:
            return self._phrases("picture-on-which-phone", phones=[phone.name for phone in phones[:MOST_ASKED]])
        if found:
            return self._phrases("which-one", choices=[phone.name for phone in found[:MOST_ASKED]])
        known = [phone.name for phone in phones[:MOST_TOLD]]
        return self._phrases("picture-phone-unknown", name=to[:40], phones=known)


def named(to: str, phones: Sequence[Phone], speaker: str = "") -> tuple[Phone, ...]:
    """The phones that `to` names: by their whole name, else by a word of it, else the only one for "my phone".

    "My phone" is the one with the speaker's name, where there is one.
    """
    if speaker and MINE.fullmatch(to) and (theirs := _of(speaker, to, phones)):
        return theirs
    to = "my phone" if to.lower() in ("me", "us") else to
    wanted = _words(to)
    exact = tuple(phone for phone in phones if _words(phone.name) == wanted)
    if exact:
        return exact
    own = [word for word in wanted if word not in _SCREENS]
    # "My phone" is anybody's but that of somebody who is named.
    there = [phone for phone in phones if not (_MINE.match(to) and "'s " in phone.name.replace("’", "'"))]
    parts = tuple(phone for phone in there if wanted and set(own or wanted) <= _is(phone))
    return parts if parts or own or len(phones) > 1 else tuple(phones)


def _of(speaker: str, to: str, phones: Sequence[Phone]) -> tuple[Phone, ...]:
    """The speaker's own, of the kind that was said: `my tablet`; for "me" rather a phone than anything else."""
    theirs = [phone for phone in phones if _owner(phone.name) == _words(speaker)]
    wanted = set(_words("phone" if to.lower() == "me" else to))
    kind = tuple(phone for phone in theirs if wanted <= _is(phone))
    return kind or (tuple(theirs) if to.lower() == "me" else ())


def _owner(name: str) -> list[str]:
    """Whose it is by its name: `Lina's phone`, `Lina`."""
    owner, owned, _ = name.replace("’", "'").partition("'s ")
    return _words(owner) if owned or not set(_words(name)) & _SCREENS else []


def _is(phone: Phone) -> set[str]:
    """The words of its name, and what it is."""
    words = set(_words(phone.name))
    return words | {_KINDS[word] for word in words if word in _KINDS}


def _words(name: str) -> list[str]:
    """`Mum's phone` → mum, phone."""
    plain = _SAID_BEFORE.sub("", name.strip()).lower().replace("’", "'")
    return [word.removesuffix("'s") for word in re.findall(r"[\w'-]+", plain)]
