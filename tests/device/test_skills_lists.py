"""Lists as somebody speaks with them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from phrase_parts import ENGLISH
from skill_parts import Speaker

from device.context import Step, Surroundings
from device.paper import MAX_ITEM, MAX_ITEMS, MAX_LISTS, Lists, NoRoom
from device.skills.asking import Asking
from device.skills.lists import ListSkill, items
from device.store import Store


class Kitchen(Speaker):
    def __init__(self, store: Store) -> None:
        super().__init__(datetime(2026, 11, 26, 15, 0, tzinfo=UTC))
        self.lists = Lists(store)
        self.asking = Asking(self.unix)
        self.skills = (ListSkill(self.lists, self.asking, ENGLISH),)

    def surroundings(self) -> Surroundings:
        return Surroundings(now=self.now, asked=self.asking.kind)

    async def on(self, name: str) -> list[str]:
        found = await self.lists.get(name)
        assert found is not None
        return [item.text for item in found.items]


@pytest.fixture
def kitchen(store: Store) -> Kitchen:
    return Kitchen(store)


async def test_things_are_written_on_a_list_that_is_begun_with_them(kitchen: Kitchen) -> None:
    assert await kitchen.hear("add milk and eggs to the shopping list") == "Milk and eggs are on your shopping list."
    assert await kitchen.hear("put some bread on my shopping list") == "Bread is on your shopping list."
    assert await kitchen.on("shopping") == ["milk", "eggs", "bread"]


async def test_what_is_on_the_list_already_is_not_written_twice(kitchen: Kitchen) -> None:
    await kitchen.hear("add milk to the shopping list")
    assert await kitchen.hear("add Milk to the shopping list") == "Milk is on your shopping list already."
    assert await kitchen.hear("add milk and salt to the shopping list") == "Salt is on your shopping list."
    assert await kitchen.on("shopping") == ["milk", "salt"]


async def test_the_list_is_the_only_one_or_the_one_for_the_shopping(kitchen: Kitchen) -> None:
    await kitchen.hear("make a list for the party")
    assert await kitchen.hear("add candles to the list") == "Candles are on your party list."
    await kitchen.hear("make a list for the garden")
    assert await kitchen.hear("add milk to the list") == "Milk is on your shopping list."


async def test_groceries_are_shopping(kitchen: Kitchen) -> None:
    await kitchen.hear("add milk to the grocery list")
    assert await kitchen.hear("what's on my shopping list") == "On your shopping list: milk."


async def test_a_list_is_read(kitchen: Kitchen) -> None:
    assert await kitchen.hear("what's on my shopping list") == "There is no shopping list."
    assert await kitchen.hear("read me the list") == "You have no list yet."
    await kitchen.hear("add milk, eggs and butter to the shopping list")
    assert await kitchen.hear("read me the shopping list") == "On your shopping list: milk, eggs and butter."
    assert await kitchen.hear("is milk on the list") == "Milk is on your shopping list."
    assert await kitchen.hear("do I have salt and eggs on the list") == (
        "Eggs are on your shopping list. Salt is not on your shopping list."
    )


async def test_a_long_list_is_not_read_to_its_end(kitchen: Kitchen) -> None:
    await kitchen.lists.add("shopping", [f"thing {number}" for number in range(40)])
    said = await kitchen.hear("what's on my shopping list")
    assert said.startswith("40 things are on your shopping list; the first are thing 0, ")
    assert "thing 12" not in said


async def test_things_are_taken_off(kitchen: Kitchen) -> None:
    await kitchen.hear("add two litres of milk, eggs and butter to the shopping list")
    assert await kitchen.hear("take milk off the list") == "Two litres of milk is off your shopping list."
    assert await kitchen.hear("remove the egg and the butter from the shopping list") == (
        "Eggs and butter are off your shopping list."
    )
    assert await kitchen.hear("cross bread off the list") == "Bread is not on your shopping list."
    assert await kitchen.on("shopping") == []


async def test_a_list_is_cleared_or_deleted(kitchen: Kitchen) -> None:
    await kitchen.hear("add milk to the shopping list")
    assert await kitchen.hear("clear the shopping list") == "The shopping list is empty now."
    assert await kitchen.hear("what's on my shopping list") == "Your shopping list is empty."
    assert await kitchen.hear("delete the shopping list") == "The shopping list is deleted."
    assert await kitchen.hear("clear the shopping list") == "There is no shopping list."


async def test_a_list_is_begun(kitchen: Kitchen) -> None:
    assert await kitchen.hear("make a list for the party") == "Okay, your party list is ready."
    assert await kitchen.hear("make a party list") == "There is a party list already."
    assert await kitchen.hear("make a list") == "What is the list for?"
    assert await kitchen.hear("the garden") == "Okay, your garden list is ready."
    assert await kitchen.hear("what lists do I have") == "You have 2 lists: party and garden."


async def test_full_is_full(kitchen: Kitchen) -> None:
    await kitchen.lists.add("shopping", [f"thing {number}" for number in range(MAX_ITEMS)])
    assert await kitchen.hear("add milk to the shopping list") == "The shopping list is full: it has 200 lines."
    assert len(await kitchen.on("shopping")) == MAX_ITEMS
    for number in range(MAX_LISTS - 1):
        await kitchen.lists.create(f"list {number}")
    assert await kitchen.hear("make a list for the party") == "There are 50 lists already; delete one first."
    assert await kitchen.hear("add milk to the party list") == "There are 50 lists already; delete one first."
    with pytest.raises(NoRoom):
        await kitchen.lists.create("one more")


async def test_a_list_outlives_a_restart(kitchen: Kitchen, store: Store) -> None:
    await kitchen.hear("add milk to the shopping list")
    assert [one.name for one in await Lists(store).all()] == ["shopping"]


@given(st.text(max_size=300))
def test_whatever_is_said_becomes_things_without_empty_ones(text: str) -> None:
    found = items(Step("list.add", {"item": text}))
    assert all(one.strip() for one in found)


async def test_a_thing_has_a_bounded_length(kitchen: Kitchen) -> None:
    await kitchen.lists.add("shopping", ["x" * 5000])
    assert [len(one) for one in await kitchen.on("shopping")] == [MAX_ITEM]
