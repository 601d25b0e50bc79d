"""Memory and the past in a whole device, without any model: told, asked, asked again after a restart."""

from pathlib import Path

from device.app import Device
from device.config import DeviceConfig
from device.events import Happened, Reply, Understood
from device.progress import watch
from device.running import running_device


async def ask(device: Device, text: str) -> tuple[str, str]:
    """What is understood and what is answered."""
    happened: list[Happened] = []
    stop = device.bus.observe(happened.append)
    progress = watch(device.bus)
    device.ask(text)
    await progress.until_finished()
    stop()
    intents = [one.event.intent for one in happened if isinstance(one.event, Understood)]
    return " ".join(intents), " ".join(one.event.text for one in happened if isinstance(one.event, Reply))


async def test_what_was_told_is_known_after_a_restart_and_so_is_what_was_asked(tmp_path: Path) -> None:
    async with running_device(DeviceConfig(), tmp_path) as device:
        told = await ask(device, "remember that my gate code is 4711")
        assert told == ("memory.remember", "I'll remember: your gate code is 4711.")
        assert await ask(device, "what did I ask last") == (
            "history.asked",
            "You said: remember that my gate code is 4711.",
        )
    async with running_device(DeviceConfig(), tmp_path) as device:
        assert await ask(device, "what's the gate code") == ("memory.recall", "Your gate code is 4711.")
        assert await ask(device, "what's the capital of France") == (
            "question.ask",
            "I can't look that up: no bridge is set up that could.",
        )
        said = (await ask(device, "what did I ask today"))[1]
        assert said.startswith("Today you said 4 things. The last were: what did I ask last; what's the gate code;")
        assert await ask(device, "what left the house today") == ("audit.sent", "Nothing left the house today.")
        assert await ask(device, "what are you doing") == ("device.doing", "Nothing just now.")


async def test_a_fact_is_forgotten_in_two_turns(tmp_path: Path) -> None:
    async with running_device(DeviceConfig(), tmp_path) as device:
        await ask(device, "remember that Lina likes foxes")
        assert (await ask(device, "forget that"))[1] == "Forgotten: Lina likes foxes."
        assert (await ask(device, "what do you remember"))[1] == "You haven't told me anything yet."
