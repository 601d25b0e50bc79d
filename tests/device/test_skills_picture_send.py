"""Pictures on the household's phones and displays."""

import pytest
from picture_parts import Room

from device.companion.pairing import Session
from device.companion.phone_names import spoken_name
from device.context.plan import Step
from device.events import PictureSent, PictureShown
from device.skills.picture_send import Phone, named

MUM = Phone("1", "Mum's phone", watching=True)
KITCHEN = Phone("2", "the kitchen display", watching=False)
OTHER = Phone("3", "your iPhone", watching=True)
KNOWN = "I can show it on Mum's phone and the kitchen display."


@pytest.mark.parametrize(
    ("to", "found"),
    [
        ("Mum's phone", [MUM]),
        ("mum’s phone", [MUM]),
        ("Mum", [MUM]),
        ("the kitchen display", [KITCHEN]),
        ("the kitchen screen", [KITCHEN]),
        ("the kitchen", [KITCHEN]),
        ("the display", [KITCHEN]),
        ("the screen", [KITCHEN]),
        ("my iPhone", [OTHER]),
        ("my phone", [OTHER]),
        ("the phone", [MUM, OTHER]),
        ("Dad's phone", []),
        ("", []),
    ],
)
def test_a_phone_is_known_by_its_name(to: str, found: list[Phone]) -> None:
    assert list(named(to, (MUM, KITCHEN, OTHER))) == found


def test_the_only_phone_is_my_phone() -> None:
    assert named("my phone", (OTHER,)) == (OTHER,)
    assert named("Dad's phone", (OTHER,)) == ()


@pytest.mark.parametrize(
    ("called", "spoken"),
    [("", "your iPhone"), ("Mum's phone", "Mum's phone"), ("kitchen display", "the kitchen display")],
)
def test_a_phone_is_spoken_of_by_its_name(called: str, spoken: str) -> None:
    assert spoken_name(Session("1", "", "Mozilla/5.0 (iPhone; …)", 0.0, called)) == spoken


async def test_the_picture_opens_on_the_phone_that_is_named(pictures: Room) -> None:
    pictures.phones = [MUM, KITCHEN]
    await pictures.hear("draw a fox")
    await pictures.hear("draw a castle")
    fox = (await pictures.gallery.latest(2))[1]
    await pictures.hear("show the fox picture on Mum's phone")
    assert pictures.said[-1] == "It's on Mum's phone."
    assert pictures.seen(PictureSent) == [PictureSent(picture=fox.id, phone="1")]
    assert pictures.seen(PictureShown) == [PictureShown(fox.id)]
    await pictures.hear("put it on the kitchen display")
    assert pictures.said[-1] == "It'll be there when the page is open on the kitchen display."
    assert pictures.seen(PictureSent)[-1] == PictureSent(picture=fox.id, phone="2")


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("show it on the bedroom display", f"I don't know the bedroom display; {KNOWN}"),
        ("show it on my phone", f"I don't know my phone; {KNOWN}"),
        ("send it to Grandma", f"I don't know Grandma; {KNOWN}"),
        ("email it to Grandma", "I can't send pictures to anybody outside; you can share it from the page."),
    ],
)
async def test_who_is_not_known_is_told_who_is(pictures: Room, text: str, reply: str) -> None:
    pictures.phones = [MUM, KITCHEN]
    await pictures.hear("draw a fox")
    await pictures.hear(text)
    assert pictures.said[-1] == reply
    assert pictures.seen(PictureSent) == []


async def test_two_of_a_name_are_asked_about(pictures: Room) -> None:
    pictures.phones = [MUM, Phone("4", "Mum's tablet", watching=False)]
    await pictures.hear("draw a fox")
    await pictures.hear("send it to Mum")
    assert pictures.said[-1] == "Which one: Mum's phone or Mum's tablet?"


async def test_without_a_phone_or_a_picture_it_says_so(pictures: Room) -> None:
    await pictures.hear("show it on my phone")
    assert pictures.said[-1] == "There is no picture yet. Try: draw a red fox under a full moon."
    await pictures.hear("draw a fox")
    await pictures.hear("show it on my phone")
    assert pictures.said[-1] == "No phone is paired with me yet, so it's only on my own page."


async def test_where_is_asked_when_nobody_said(pictures: Room) -> None:
    pictures.phones = [MUM, KITCHEN]
    await pictures.hear("draw a fox")
    await pictures.do(Step("picture.send"))
    assert pictures.said[-1] == "Where shall I show it: Mum's phone or the kitchen display?"


LINAS, HER_TABLET, TIMS = (
    Phone("4", "Lina's phone", watching=True),
    Phone("5", "Lina's tablet", watching=True),
    Phone("6", "Tim’s tablet", watching=True),
)


@pytest.mark.parametrize(
    ("speaker", "to", "found"),
    [
        ("Lina", "my phone", [LINAS]),
        ("Lina", "me", [LINAS]),
        ("lina", "my tablet", [HER_TABLET]),
        ("Tim", "me", [TIMS]),
        ("Tim", "my phone", [OTHER]),
        ("Lina", "Tim's tablet", [TIMS]),
        ("Lina", "the kitchen display", [KITCHEN]),
        ("Phone", "my phone", [OTHER]),
        ("Mona", "my phone", [OTHER]),
        ("", "my phone", [OTHER]),
    ],
)
def test_my_phone_is_the_speakers(speaker: str, to: str, found: list[Phone]) -> None:
    assert list(named(to, (KITCHEN, OTHER, LINAS, HER_TABLET, TIMS), speaker)) == found
