"""The companion page in a real browser: what a person sees while the device is spoken to."""

import pytest
from companion_device import Device
from page_parts import DESK, PHONE
from playwright.async_api import Page, expect

from device import events
from device.bus import NO_TURN
from device.companion import Refused

pytestmark = pytest.mark.asyncio(loop_scope="module")  # one browser for all of them


async def broken_images(page: Page) -> int:
    """How many images the browser could not load: they have no width."""
    return await page.evaluate("[...document.images].filter(i => i.complete && !i.naturalWidth && i.src).length")


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
async def test_a_spoken_command_becomes_a_picture_without_a_reload(device: Device, opened, size) -> None:
    old = await device.picture("a snowy forest")
    await device.shows(old, "final", "Nightjar studio")
    page: Page = await opened(device.url, size)
    await page.evaluate("window.notReloaded = true")
    badge = page.locator("#badge")
    await expect(badge).to_have_text("Final · Nightjar studio")

    turn = device.bus.begin_turn()
    device.happens(NO_TURN, events.StateChanged("listening"))
    device.happens(turn, events.SpeechStarted(), events.Partial("draw a red", 5))
    await expect(page.locator("#state-text")).to_have_text("Listening")
    await expect(page.locator("#talk .heard")).to_contain_text("draw a red")

    device.happens(turn, events.EndOfTurn("complete"), events.Transcript("Draw a red fox.", "en", 0.9))
    device.happens(NO_TURN, events.StateChanged("speaking"))
    device.happens(turn, events.Reply("A red fox."), events.Reply("The finished picture follows."))
    await expect(page.locator("#talk .heard .words").last).to_have_text("Draw a red fox.")
    await expect(page.locator("#talk .reply .words").last).to_have_text("A red fox. The finished picture follows.")
    await expect(page.locator("#state-text")).to_have_text("Speaking")

    fox = await device.picture("a red fox", turn)
    device.happens(turn, events.Draft("Nightjar compositor", 200))
    await device.shows(fox, "draft")
    device.happens(turn, events.JobQueued("j", "image.create"), events.JobProgress("j", 0.4))
    await expect(badge).to_have_text("Draft · Nightjar compositor")
    await expect(page.locator("#layers img").last).to_have_js_property("naturalWidth", 64)
    await expect(page.locator("#layers img").last).to_have_attribute("alt", "A red fox (draft)")
    await expect(page.locator("#layers img")).to_have_count(1)
    await expect(page.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "40")
    await expect(page.locator("#prompt")).to_have_text("A red fox")
    await expect(page.locator("#grid li")).to_have_count(1)
    await expect(page.locator("#grid img")).to_have_attribute("alt", "A snowy forest")

    await device.shows(fox, "partial", "Nightjar studio")
    await expect(badge).to_have_text("In progress · Nightjar studio")
    await device.shows(fox, "final", "Nightjar studio")
    await expect(badge).to_have_text("Final · Nightjar studio")
    await expect(page.locator("#layers img").last).to_have_js_property("naturalWidth", 128)
    await expect(page.locator("#layers img").last).to_have_attribute("alt", "A red fox")
    await expect(page.locator("#layers img")).to_have_count(1)
    await expect(page.get_by_role("progressbar")).to_be_hidden()

    assert await page.evaluate("window.notReloaded")
    assert await broken_images(page) == 0
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_words_appear_as_they_are_spoken_and_settle_from_the_front(device: Device, opened) -> None:
    page: Page = await opened(device.url)
    words = page.locator("#talk .heard .words")
    turn = device.bus.begin_turn()
    device.happens(turn, events.Partial("draw a", 0))
    await expect(page.locator(".unsettled")).to_have_text("draw a")
    device.happens(turn, events.Partial("draw a red socks", 11))
    await expect(words).to_have_text("draw a red socks")
    await expect(page.locator(".unsettled")).to_have_text("socks")
    await expect(page.locator("#talk li")).to_have_attribute("aria-busy", "true")
    colours = "[...document.querySelectorAll('.words, .unsettled')].map(each => getComputedStyle(each).color)"
    settled, unsettled = await page.evaluate(colours)
    assert settled != unsettled
    place = """words => {
        document.querySelector("#talk").getAnimations({ subtree: true }).forEach(each => each.finish());
        const { x, y, width, height } = words.getBoundingClientRect();
        return [x, y, width, height].map(Math.round);
    }"""
    before = await words.evaluate(place)
    device.happens(turn, events.Partial("draw a red socks", 16))
    await expect(page.locator(".unsettled")).to_have_count(0)
    assert await words.evaluate(place) == before
    device.happens(turn, events.EndOfTurn("complete"), events.Transcript("Draw a red fox.", "en", 0.9))
    await expect(words).to_have_text("Draw a red fox.")
    await expect(page.locator("#talk li")).to_have_attribute("aria-busy", "false")
    # What comes too late changes nothing; what was never understood goes away again.
    device.happens(turn, events.Partial("draw a red socks", 0))
    cough = device.bus.begin_turn()
    device.happens(cough, events.Partial("hm", 0))
    await expect(words).to_have_text(["Draw a red fox.", "hm"])
    device.happens(cough, events.EndOfTurn("nothing_said"), events.TurnFinished({}))
    await expect(words).to_have_text(["Draw a red fox."])


async def test_an_answer_without_a_wake_word_is_waited_for_visibly(device: Device, opened) -> None:
    page: Page = await opened(device.url)
    state, text = page.locator("#state"), page.locator("#state-text")
    look = "state => [getComputedStyle(state).backgroundColor, getComputedStyle(state).color].join()"
    device.happens(NO_TURN, events.StateChanged("listening", "wake"))
    await expect(text).to_have_text("Listening")
    ordinary = await state.evaluate(look)
    device.happens(NO_TURN, events.StateChanged("speaking"))
    await expect(text).to_have_text("Speaking")
    device.happens(NO_TURN, events.StateChanged("speaking", "barge_in"))
    await expect(text).to_have_text("Paused")
    device.happens(NO_TURN, events.StateChanged("speaking"))
    await expect(text).to_have_text("Speaking")
    device.happens(NO_TURN, events.StateChanged("listening", "follow_up"))
    await expect(text).to_have_text("Just answer")
    assert await state.evaluate(look) != ordinary
    device.happens(NO_TURN, events.StateChanged("idle"))
    await expect(text).to_have_text("Ready")


async def test_an_answer_has_its_sources_as_links_and_what_was_not_spoken(device: Device, opened) -> None:
    page: Page = await opened(device.url, PHONE)
    evil = {"title": "<img src=x onerror=alert(1)>", "site": "a.example", "url": "https://a.example/x"}
    wikipedia = {
        "title": "The Night Watch",
        "site": "Wikipedia",
        "url": "https://en.wikipedia.org/wiki/The_Night_Watch",
    }
    turn = device.bus.begin_turn()
    device.happens(turn, events.Transcript("who painted the night watch", "en", 1), events.JobQueued("j", "chat"))
    device.happens(turn, events.Reply("Rembrandt."))
    device.happens(turn, events.Answered((wikipedia, evil), job="j", rest="In 1642."), events.TurnFinished({}))
    await expect(page.locator("#talk .newest .reply .words")).to_have_text("Rembrandt. In 1642.")
    links = page.get_by_role("list", name="Sources").get_by_role("link")
    await expect(links).to_have_text(["The Night Watch", "<img src=x onerror=alert(1)>"])
    await expect(links.first).to_have_attribute("href", wikipedia["url"])
    await expect(links.first).to_have_attribute("rel", "noopener noreferrer")
    device.happens(device.bus.begin_turn(), events.Transcript("thanks", "en", 1))
    await expect(page.locator("#talk .newest .sources")).to_have_count(0)
    failed = device.bus.begin_turn()
    said = "I found nothing about that."
    device.happens(failed, events.Reply(f"Let me look that up. {said}"), events.Failed("unanswered", said, job="k"))
    await expect(page.locator("#talk .newest .reply")).to_contain_text(said)
    await expect(page.locator("#talk .newest .failure")).to_have_count(0)  # said once is enough
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
async def test_the_microphone_is_muted_and_opened_by_keyboard_and_nothing_jumps(device: Device, opened, size) -> None:
    page: Page = await opened(device.url, size)
    button = page.get_by_role("button", name="Mute the microphone")
    await expect(button).to_have_attribute("aria-pressed", "false")
    places = """['mute', 'text', 'name', 'welcome'].map(
        id => JSON.stringify(document.getElementById(id).getBoundingClientRect()))"""
    before = await page.evaluate(places)
    await button.focus()
    await page.keyboard.press("Space")
    await expect(button).to_have_attribute("aria-pressed", "true")
    await expect(page.locator("#state-text")).to_have_text("Muted")
    assert device.now.muted
    box = await button.bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 44
    assert (await page.evaluate(places))[:2] == before[:2]
    assert (await page.evaluate(places))[3] == before[3]
    # It may still speak.
    device.happens(NO_TURN, events.StateChanged("speaking"))
    await expect(page.locator("#state-text")).to_have_text("Speaking")
    await expect(button).to_have_attribute("aria-pressed", "true")
    device.happens(NO_TURN, events.StateChanged("idle"))
    await page.reload()
    await expect(button).to_have_attribute("aria-pressed", "true")
    await button.press("Enter")
    await expect(page.locator("#state-text")).to_have_text("Ready")
    assert not device.now.muted


async def test_a_device_that_is_muted_by_voice_is_shown_so_and_a_failed_click_is_said(device: Device, opened) -> None:
    page: Page = await opened(device.url)
    await device.mute(True)
    button = page.get_by_role("button", name="Mute the microphone")
    await expect(button).to_have_attribute("aria-pressed", "true")
    device.now.stuck = True
    await button.click()
    await expect(page.get_by_role("alert")).to_have_text("The gate is stuck.")
    await expect(button).to_have_attribute("aria-pressed", "true")


async def test_an_empty_page_says_what_to_say_and_its_ideas_can_be_tapped(device: Device, opened) -> None:
    page: Page = await opened(device.url)
    await expect(page.locator("#welcome")).to_contain_text("Hey Jarvis, draw a red fox under a full moon")
    await page.get_by_role("button", name="Draw three sailboats at sunset").click()
    await expect(page.locator("#talk .heard .words")).to_have_text("Draw three sailboats at sunset")
    assert device.asked == ["Draw three sailboats at sunset"]


async def test_a_typed_command_is_sent_and_a_refused_one_is_kept(device: Device, opened) -> None:
    page: Page = await opened(device.url)
    field = page.get_by_role("textbox", name="Type a command")
    await field.fill("draw <b>a fox</b>")
    await field.press("Enter")
    await expect(page.locator("#talk .heard .words")).to_have_text("draw <b>a fox</b>")
    await expect(field).to_have_value("")

    def busy(_: str) -> str:
        raise Refused("Too many commands are waiting; try again in a moment.")

    device.answer = busy
    await field.fill("too much")
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_role("alert")).to_have_text("Too many commands are waiting; try again in a moment.")
    await expect(field).to_have_value("too much")


async def test_what_goes_wrong_is_said_in_one_sentence_and_the_draft_stays(device: Device, opened) -> None:
    page: Page = await opened(device.url)
    turn = device.ask("draw a fox")
    fox = await device.picture("a fox", turn)
    await device.shows(fox, "draft")
    device.happens(turn, events.JobQueued("j", "image.create"))
    await expect(page.get_by_role("progressbar")).to_be_visible()
    device.happens(turn, events.Failed("refused", "The picture service refused this request.", "j"))
    await expect(page.locator("#talk .failure .words")).to_have_text("The picture service refused this request.")
    await expect(page.get_by_role("progressbar")).to_be_hidden()
    await expect(page.locator("#badge")).to_have_text("Draft · Nightjar compositor")


async def test_child_mode_is_shown_for_as_long_as_it_is_on(device: Device, opened) -> None:
    page = await opened(device.url)
    await expect(page.locator("#mode")).to_be_hidden()
    device.happens(NO_TURN, events.ModesChanged(child=True, private=True))
    await expect(page.locator("#mode")).to_have_text("Child mode · Private")
    device.happens(NO_TURN, events.ModesChanged(child=True, private=False))
    await page.reload()
    await expect(page.locator("#mode")).to_have_text("Child mode")
    device.happens(NO_TURN, events.ModesChanged(child=False, private=False))
    await expect(page.locator("#mode")).to_be_hidden()


async def test_a_microphone_that_fails_is_said_for_as_long_as_it_does(device: Device, opened) -> None:
    page: Page = await opened(device.url)
    device.happens(NO_TURN, events.Failed("sound", "The sound card stopped answering; trying to open it again."))
    await expect(page.locator("#connection")).to_have_text("The sound card stopped answering; trying to open it again.")
    device.happens(NO_TURN, events.StateChanged("thinking"))
    await expect(page.locator("#state-text")).to_have_text("Thinking")
    await expect(page.locator("#connection")).to_be_visible()
    device.happens(NO_TURN, events.SoundWorks())
    await expect(page.locator("#connection")).to_be_hidden()


async def test_the_final_of_an_older_picture_does_not_replace_the_newest(device: Device, opened) -> None:
    page: Page = await opened(device.url)
    older, newer = await device.picture("an owl"), await device.picture("a fox")
    await device.shows(older, "draft")
    await device.shows(newer, "draft")
    await expect(page.locator("#prompt")).to_have_text("A fox")
    await device.shows(older, "final", "Nightjar studio")
    await expect(page.locator("#grid img")).to_have_attribute("alt", "An owl")
    await expect(page.locator("#prompt")).to_have_text("A fox")


async def test_a_picture_opens_with_its_history_and_the_back_gesture_closes_it(device: Device, opened) -> None:
    fox = await device.picture("a fox")
    await device.shows(fox, "draft")
    await device.shows(fox, "final", "Nightjar studio")
    blue = await device.picture("a blue fox", parent=fox.id)
    await device.shows(blue, "draft")
    await device.shows(blue, "final", "Nightjar studio")
    page: Page = await opened(device.url)
    await page.locator("#frame").click()
    viewer = page.get_by_role("dialog")
    await expect(viewer.get_by_role("heading", name="A blue fox")).to_be_visible()
    await expect(viewer.locator("#viewer-details")).to_contain_text("Nightjar studio")
    await expect(viewer.locator("#viewer-details")).to_contain_text("128 × 128")
    await viewer.get_by_role("button", name="Draft").click()
    await expect(viewer.locator("#viewer-image")).to_have_attribute("alt", "A blue fox (draft)")
    async with page.expect_download() as download:
        await viewer.get_by_role("link", name="Save").click()
    assert (await download.value).suggested_filename == "a-blue-fox.png"
    await viewer.locator("#viewer-history").get_by_role("button", name="A fox").click()
    await expect(viewer.get_by_role("heading", name="A fox", exact=True)).to_be_visible()
    await page.keyboard.press("ArrowLeft")
    await expect(viewer.get_by_role("heading", name="A blue fox")).to_be_visible()
    await page.go_back()
    await expect(viewer).to_be_hidden()
    await page.locator("#grid button").press("Enter")
    await expect(viewer.get_by_role("heading", name="A fox", exact=True)).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(viewer).to_be_hidden()
    assert page.url == f"{device.url}/"


async def test_earlier_pictures_come_as_one_scrolls(device: Device, opened) -> None:
    for number in range(60):
        await device.shows(await device.picture(f"picture {number}"), "draft")
    page: Page = await opened(device.url)
    await expect(page.locator("#prompt")).to_have_text("Picture 59")
    await expect(page.locator("#grid li").first).to_be_attached()
    assert await page.locator("#grid li").count() < 59
    for _ in range(10):
        await page.mouse.wheel(0, 3000)
        await page.evaluate("new Promise(requestAnimationFrame)")
    await expect(page.locator("#grid li")).to_have_count(59)
    await expect(page.locator("#grid img").last).to_have_attribute("alt", "Picture 0 (draft)")


async def test_it_is_shown_that_nobody_is_to_be_disturbed(device: Device, opened) -> None:
    page: Page = await opened(device.url)
    await expect(page.locator("#mode")).to_be_hidden()
    device.happens(NO_TURN, events.DoNotDisturb(True))
    await expect(page.locator("#mode")).to_have_text("Do not disturb")
    await page.reload()
    await expect(page.locator("#mode")).to_have_text("Do not disturb")
    device.happens(NO_TURN, events.DoNotDisturb(False))
    await expect(page.locator("#mode")).to_be_hidden()


async def test_everything_can_be_reached_and_named(device: Device, opened) -> None:
    for prompt in ("a fox", "an owl"):
        await device.shows(await device.picture(prompt), "final")
    page: Page = await opened(device.url)
    await expect(page.locator("#grid li")).to_have_count(1)
    nameless = await page.evaluate(
        """[...document.querySelectorAll('button, a, input')].filter(control =>
            !(control.ariaLabel || control.textContent.trim() || control.labels?.length
              || control.querySelector('img[alt]:not([alt=""])'))).map(control => control.outerHTML)"""
    )
    assert nameless == []
    assert await page.evaluate("[...document.images].filter(image => !image.hasAttribute('alt')).length") == 0
    reached = set()
    for _ in range(8):
        await page.keyboard.press("Tab")
        reached.add(
            await page.evaluate("document.activeElement.id || document.activeElement.parentElement.dataset.key")
        )
    assert {"open-developer", "frame", "text"} <= reached
    assert any(name and ":" in name for name in reached)  # a picture of the grid


async def test_arabic_is_written_from_right_to_left_and_english_from_left_to_right(device: Device, opened) -> None:
    turn = device.ask("ارسم ثعلبا أحمر تحت قمر كامل")
    device.happens(turn, events.Reply("سأرسم لك ثعلبا أحمر."))
    await device.shows(await device.picture("ثعلب أحمر", turn), "final")
    device.ask("draw a fox")
    await device.kept.lists.add("التسوق", ["حليب"])
    page: Page = await opened(device.url)
    await expect(page.locator("#talk .words")).to_have_count(3)
    directions = "elements => elements.map(element => getComputedStyle(element).direction)"
    assert await page.locator("#talk .words").evaluate_all(directions) == ["rtl", "rtl", "ltr"]
    assert await page.locator("#prompt").evaluate_all(directions) == ["rtl"]
    await page.get_by_role("button", name="alarms, lists and notes").click()
    await expect(page.locator("#papers li li")).to_contain_text("حليب")
    assert await page.locator("#papers li li span").evaluate_all(directions) == ["rtl"]
