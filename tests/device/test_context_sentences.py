"""What people say, and what it means."""

from datetime import UTC, datetime

import pytest

from device.context import ContextEngine, PictureSeen, Surroundings
from edge_models.image.scene import Scene, Subject

NOW = datetime(2026, 11, 22, 20, 40, tzinfo=UTC)
FOX = PictureSeen(
    id="fox-1",
    prompt="a red fox under a full moon",
    scene=Scene(subjects=(Subject(noun="fox", colour="red"), Subject(noun="moon", adjectives=("full",)))),
)
WITH_A_PICTURE = Surroundings(now=NOW, pictures=(FOX,))
WITHOUT_A_PICTURE = Surroundings(now=NOW)

CREATE = {
    # Plain.
    "draw a red fox under a full moon": "a red fox under a full moon",
    "Draw a red fox under a full moon.": "a red fox under a full moon",
    "DRAW A RED FOX": "A RED FOX",
    "paint three yellow ducks on a lake": "three yellow ducks on a lake",
    "Sketch a house by the sea.": "a house by the sea",
    "doodle a cat": "a cat",
    "draw cats": "cats",
    "draw the moon": "the moon",
    "Paint the horse.": "the horse",
    "paint the castle at night": "the castle at night",
    "draw the fox in the snow": "the fox in the snow",
    "draw two dogs, a cat and a bird": "two dogs, a cat and a bird",
    # "A picture of".
    "draw a picture of a dog": "a dog",
    "draw me a picture of a dog on the beach": "a dog on the beach",
    "draw me a dog": "a dog",
    "draw us a big castle at night": "a big castle at night",
    "paint me a nice picture of two horses": "two horses",
    "make a picture of a whale": "a whale",
    "make me a picture of a whale with a hat": "a whale with a hat",
    "make me an image of a tree": "a tree",
    "create a picture of a sleeping cat": "a sleeping cat",
    "create an illustration of a castle": "a castle",
    "generate an image of a robot in the snow": "a robot in the snow",
    "show me a picture of a mountain": "a mountain",
    "show me a drawing of an owl": "an owl",
    "show me a painting of a boat": "a boat",
    "give me a picture of a rabbit": "a rabbit",
    "I want a picture of a lion": "a lion",
    "I want to see a picture of a lion": "a lion",
    "I'd like a picture of a lion": "a lion",
    "I’d like a picture of a lion": "a lion",
    "I would like a drawing of a lion, please": "a lion",
    "I'd love a picture of a turtle": "a turtle",
    "I need an image of a bicycle": "a bicycle",
    "can I have a picture of a penguin": "a penguin",
    "Could I get a picture of a penguin?": "a penguin",
    "can I see a picture of a penguin": "a penguin",
    "let me see a picture of a frog": "a frog",
    "can you make a picture of a frog": "a frog",
    # "Draw" and a kind of picture: the style belongs to the scene.
    "draw a watercolour of a fox": "a watercolour of a fox",
    # Courtesies, hesitations, what is left of the wake phrase.
    "please draw a fox": "a fox",
    "Draw a fox, please.": "a fox",
    "can you draw a fox": "a fox",
    "Can you draw a fox for me?": "a fox",
    "Could you please draw a fox for me, please?": "a fox",
    "would you draw me a fox": "a fox",
    "will you paint a fox": "a fox",
    "Um, draw, uh, a fox": "a fox",
    "okay so draw a fox": "a fox",
    "Well, please just draw a fox now": "a fox",
    "I want you to draw a fox": "a fox",
    "I'd like you to draw a fox": "a fox",
    "I would like you to paint a fox, thanks": "a fox",
    "let's draw a fox": "a fox",
    "go ahead and draw a fox": "a fox",
    "Jarvis, draw a fox.": "a fox",
    "Hey Jarvis, draw a fox.": "a fox",
    "Hey, Jarvis. Can you draw a fox?": "a fox",
    "Alexa draw a fox": "a fox",
    "Okay Nabu, could you draw a fox": "a fox",
    "Now draw a fox": "a fox",
    "And now, draw a fox": "a fox",
    "   draw    a   fox   ": "a fox",
    "draw a fox!!!": "a fox",
    # Only with something that can be drawn.
    "show me a red fox": "a red fox",
    "make a red fox": "a red fox",
    "create a cat on a chair": "a cat on a chair",
    "show me the moon": "the moon",
    "I'd really like to see a dragon": "a dragon",
    "what about a picture of a tiger": "a tiger",
    "do a drawing of a horse": "a horse",
    "No, draw a cat.": "a cat",
    "draw, draw a cat": "a cat",
    "can can you draw a cat": "a cat",
    "would you be able to draw a bear": "a bear",
    "a picture of a red fox": "a red fox",
    "picture of a red fox": "a red fox",
    "a drawing of a dog": "a dog",
}

CREATE_WHATEVER = [
    "draw something",
    "draw me something nice",
    "Draw a picture.",
    "can you draw me a picture",
    "make a picture",
    "draw",
    "surprise me",
]

EDIT = [
    "make it night",
    "Make it night.",
    "make it blue",
    "make the fox blue",
    "Make the fox bigger.",
    "make that bigger",
    "make it a watercolour",
    "make it look like a watercolour",
    "make it snow",
    "make him smaller",
    "change it to a cat",
    "change the fox to a cat",
    "change the background to a forest",
    "change the colour of the fox to green",
    "turn it into a watercolour",
    "turn the fox into a cat",
    "turn it green",
    "turn this into pixel art",
    "add a tree",
    "add a tree to it",
    "add two trees to the picture",
    "Add some snow.",
    "add a hat",
    "remove the moon",
    "take away the moon",
    "take the moon away",
    "get rid of the moon",
    "erase the moon",
    "delete the fox",
    "put it on a beach",
    "put it in a forest",
    "put the fox on a beach",
    "put a hat on the fox",
    "move it to the beach",
    "put a tree in the picture",
    "give it a hat",
    "give the fox a hat",
    "now in watercolour",
    "in watercolour",
    "with snow",
    "now with snow",
    "but at night",
    "at sunset",
    "draw it in watercolour",
    "draw it at night",
    "paint it blue",
    "paint the fox blue",
    "replace the fox with a cat",
    "the same but at night",
    "same picture but in the snow",
    "can you make it night",
    "Could you make the fox blue, please?",
    "I want you to make it night",
    "now make it night",
    "okay, now make the fox blue",
    "Jarvis, make it night",
    "without the moon",
]

VARIATION = [
    "another one",
    "Another one.",
    "another one please",
    "draw another one",
    "make me another one",
    "show me another one",
    "give me another one",
    "can you draw another one",
    "try again",
    "Try again.",
    "please try again",
    "try it again",
    "do it again",
    "do that again",
    "draw it again",
    "draw the same again",
    "give me a different one",
    "a different one",
    "show me a different version",
    "one more",
    "one more please",
    "one more time",
    "once more",
    "do another one",
    "try another one",
    "I want another one",
    "I'd like a new one",
    "I don't like it, try again",
    "I don't like it",
    "redo it",
    "redraw it",
    "do it differently",
    "another version",
    "something else",
    "next",
    "not like that, try again",
    "let me have another",
    "give it another try",
    "again",
]

SHOW_LAST = {
    "show me the last one": "latest",
    "Show me the last one.": "latest",
    "show the last picture": "latest",
    "show me my last picture": "latest",
    "show the picture again": "latest",
    "show me the picture again": "latest",
    "show it again": "latest",
    "show me that again": "latest",
    "can you show me the last picture you made": "latest",
    "what was the last picture": "latest",
    "what's the latest picture": "latest",
    "what did you draw last": "latest",
    "show me what you drew": "latest",
    "bring back the last picture": "latest",
    "go back": "before",
    "previous picture": "before",
    "let me see it again": "latest",
    "where's my picture": "latest",
    "show me the previous one": "latest",
    "show me the one before": "before",
    "the one before": "before",
    "show me the one before that": "before",
    "the picture before that": "before",
    "go back to the one before": "before",
}

STOP = [
    "stop",
    "Stop.",
    "Stop!",
    "stop it",
    "please stop",
    "stop please",
    "Okay, stop.",
    "stop talking",
    "stop drawing",
    "be quiet",
    "quiet",
    "cancel",
    "cancel that",
    "cancel it",
    "cancel the picture",
    "never mind",
    "nevermind",
    "Oh, never mind.",
    "forget it",
    "shut up",
    "that's enough",
    "enough",
    "Jarvis, stop.",
    "Hey Jarvis, shut up!",
    "can you stop",
    "could you be quiet please",
    "stop, stop, stop",
    "stop right there",
    "wait",
]

REPEAT = [
    "repeat that",
    "repeat",
    "say that again",
    "say it again",
    "Can you repeat that, please?",
    "could you say that again",
    "what did you say",
    "what did you just say",
    "pardon",
    "pardon me",
    "Sorry, what?",
    "sorry, what did you say",
    "I didn't hear you",
    "I didn't catch that",
    "come again",
]

VOLUME = {
    "louder": {"direction": "up"},
    "Louder, please.": {"direction": "up"},
    "a bit louder": {"direction": "up"},
    "speak louder": {"direction": "up"},
    "speak up": {"direction": "up"},
    "turn it up": {"direction": "up"},
    "turn up the volume": {"direction": "up"},
    "turn the volume up": {"direction": "up"},
    "volume up": {"direction": "up"},
    "make it louder": {"direction": "up"},
    "can you speak a little louder": {"direction": "up"},
    "I can't hear you": {"direction": "up"},
    "quieter": {"direction": "down"},
    "be quieter": {"direction": "down"},
    "volume down": {"direction": "down"},
    "turn it down": {"direction": "down"},
    "turn it down a bit": {"direction": "down"},
    "turn down the volume please": {"direction": "down"},
    "lower the volume": {"direction": "down"},
    "you're too loud": {"direction": "down"},
    "too loud": {"direction": "down"},
    "set the volume to two hundred percent": {"percent": 200},
    "set the volume to thirty percent": {"percent": 30},
    "Set the volume to 30%.": {"percent": 30},
    "set volume to 30 percent": {"percent": 30},
    "volume 45 per cent": {"percent": 45},
    "volume at forty-five percent": {"percent": 45},
    "set the volume to one hundred percent": {"percent": 100},
    "volume five": {"level": 5},
    "Volume 5.": {"level": 5},
    "set your volume to seven": {"level": 7},
    "turn the volume up to ten": {"level": 10},
    "turn it down to three": {"level": 3},
    "maximum volume": {"percent": 100},
    "volume to the maximum": {"percent": 100},
    "half volume": {"percent": 50},
    "mute": {"percent": 0},
    "mute yourself": {"percent": 0},
    "unmute": {"percent": 50},
}

OTHERS = {
    "what time is it": "clock.time",
    "What time is it?": "clock.time",
    "what's the time": "clock.time",
    "What’s the time?": "clock.time",
    "what is the time": "clock.time",
    "what time is it now": "clock.time",
    "can you tell me the time": "clock.time",
    "tell me what time it is": "clock.time",
    "do you know what time it is": "clock.time",
    "do you have the time": "clock.time",
    "what's the date": "clock.date",
    "what is the date today": "clock.date",
    "what's today's date": "clock.date",
    "what day is it": "clock.date",
    "What day is it today?": "clock.date",
    "which day is it": "clock.date",
    "what day of the week is it": "clock.date",
    "tell me the date": "clock.date",
    "what year is it": "clock.date",
    "what can you do": "device.help",
    "What can you do?": "device.help",
    "what can I say": "device.help",
    "help": "device.help",
    "help me": "device.help",
    "who are you": "device.help",
    "what else can you do": "device.help",
    "are you online": "device.online",
    "Are you online?": "device.online",
    "are you still online": "device.online",
    "are you connected": "device.online",
    "are you offline": "device.online",
    "do you have internet": "device.online",
    "is the bridge up": "device.online",
}

NOTHING_WE_DO = [
    # Nothing at all.
    "",
    "   ",
    "...",
    "?!",
    "Um",
    "please",
    "thank you",
    "Okay, thanks.",
    "hey jarvis",
    # Other scripts and pictures of faces.
    "😀😀😀",
    "ارسم ثعلبا",
    "画一只狐狸",
    "нарисуй лису",
    # Half sentences.
    "draw a",
    "draw the",
    "make it",
    "make the",
    "change it to",
    "turn it into",
    "add",
    "remove the",
    "set the volume to",
    "what time",
    "a red fox under a full moon",
    "show me the",
    "put it on",
    "can you",
    "I want",
    "a picture of",
    # Chit-chat.
    "hello",
    "how are you",
    "good morning",
    "I love you",
    "tell me a joke",
    "you're funny",
    "what's the weather like tomorrow",
    "what is the capital of France",
    "call my mother",
    "a double espresso with oat milk please",
    # With the words of commands in them.
    "I don't want you to stop",
    "don't stop",
    "the bus stop is over there",
    "where does the bus stop",
    "he told me to stop smoking",
    "stop the washing machine",
    "cancel my subscription",
    "cancel all meetings",
    "the time we met",
    "it was a good time",
    "what time does the train leave",
    "what time is the meeting",
    "what day is the party",
    "it's time to go to bed",
    "I can draw a fox",
    "she likes to draw foxes",
    "I used to paint when I was young",
    "how do I draw a fox",
    "don't draw a fox",
    "do you like to draw",
    "draw the curtains",
    "draw a conclusion",
    "paint the walls",
    "he drew a picture of a fox",
    "my daughter painted a picture of our dog yesterday",
    "a picture of my dog fell off the wall",
    "I saw another one yesterday",
    "he asked for one more beer",
    "repeat after me",
    "it's getting louder outside",
    "the volume of a sphere is four thirds pi r cubed",
    "make sure the door is locked",
    "make me a sandwich and a coffee",
    "make a phone call",
    "make a reservation for two",
    "make up your mind",
    "put it on my calendar",
    "change the channel to five",
    "with all due respect",
    "in the end it doesn't matter",
    "at least he tried",
    "show me the way to the station",
    "show me a recipe for pancakes",
    "I want a new car",
    "let me see what I can do",
    "what did you do yesterday",
    "are you hungry",
    "are you sure",
    "help yourself to some cake",
    "remove your shoes",
    "turn left at the church",
    "give me five minutes",
    "give me a break",
    "more of the same",
    "no problem",
    "make the fox fly to the moon and sing",
    "make the bed",
    "remove the lid and stir",
    "add two cups of flour",
    "let it be",
    "what's the time in London",
    "how long is a fortnight",
    "one more thing",
    "show off",
    "create an account",
    "put it in the oven for twenty minutes and stir it well",
    "give the dog some water",
]


@pytest.fixture(scope="module")
def engine() -> ContextEngine:
    return ContextEngine(language="en")


def the_step(engine: ContextEngine, text: str, surroundings: Surroundings = WITH_A_PICTURE):
    (step,) = engine.understand(text, surroundings=surroundings).steps
    return step


@pytest.mark.parametrize(("text", "prompt"), CREATE.items())
def test_a_picture_is_asked_for(engine: ContextEngine, text: str, prompt: str) -> None:
    step = the_step(engine, text)
    assert (step.intent, step.slots) == ("picture.create", {"prompt": prompt})


@pytest.mark.parametrize("text", CREATE_WHATEVER)
def test_a_picture_is_asked_for_without_saying_of_what(engine: ContextEngine, text: str) -> None:
    step = the_step(engine, text)
    assert (step.intent, step.slots) == ("picture.create", {})


@pytest.mark.parametrize("text", EDIT)
def test_a_change_is_asked_for(engine: ContextEngine, text: str) -> None:
    step = the_step(engine, text)
    assert step.intent == "picture.edit"
    assert list(step.references.values()) == ["fox-1"]


@pytest.mark.parametrize("text", VARIATION)
def test_another_attempt_is_asked_for(engine: ContextEngine, text: str) -> None:
    step = the_step(engine, text)
    assert (step.intent, step.slots, list(step.references.values())) == ("picture.variation", {}, ["fox-1"])


@pytest.mark.parametrize(("text", "which"), SHOW_LAST.items())
def test_an_earlier_picture_is_asked_for(engine: ContextEngine, text: str, which: str) -> None:
    step = the_step(engine, text)
    assert (step.intent, step.slots) == ("picture.show_last", {"which": which})


@pytest.mark.parametrize("text", STOP)
def test_the_device_is_stopped(engine: ContextEngine, text: str) -> None:
    assert the_step(engine, text).intent == "control.stop"


@pytest.mark.parametrize("text", REPEAT)
def test_the_reply_is_wanted_again(engine: ContextEngine, text: str) -> None:
    assert the_step(engine, text).intent == "control.repeat"


@pytest.mark.parametrize(
    "text",
    ["Go on.", "carry on", "please continue", "keep going", "okay, go ahead", "continue speaking", "say the rest"],
)
def test_the_rest_of_the_reply_is_wanted(engine: ContextEngine, text: str) -> None:
    assert the_step(engine, text).intent == "control.continue"


@pytest.mark.parametrize(("text", "slots"), VOLUME.items())
def test_the_volume_is_changed(engine: ContextEngine, text: str, slots: dict[str, str | int]) -> None:
    step = the_step(engine, text)
    assert (step.intent, step.slots) == ("control.volume", slots)


@pytest.mark.parametrize(("text", "intent"), OTHERS.items())
def test_a_question_is_asked(engine: ContextEngine, text: str, intent: str) -> None:
    assert the_step(engine, text).intent == intent


@pytest.mark.parametrize("text", NOTHING_WE_DO)
def test_nothing_that_we_do_is_asked_for(engine: ContextEngine, text: str) -> None:
    assert the_step(engine, text).intent == "none"


MISHEARD = {
    # What whisper tiny.en wrote for synthesised commands (Piper, flite, espeak-ng).
    "Drummy a picture of a dog": ("picture.create", {"prompt": "a dog"}),
    "Brommy a picture of a dog.": ("picture.create", {"prompt": "a dog"}),
    "Drawer red fox.": ("picture.create", {"prompt": "a red fox"}),
    "Painter Horse": ("picture.create", {"prompt": "a Horse"}),
    "Jarvis, drawer fox.": ("picture.create", {"prompt": "a fox"}),
    "And a tree.": ("picture.edit", {"change": "add a tree"}),
    "Quiter.": ("control.volume", {"direction": "down"}),
    "Quieture.": ("control.volume", {"direction": "down"}),
    "value up": ("control.volume", {"direction": "up"}),
    "sent the volume to 30%.": ("control.volume", {"percent": 30}),
    "Meet yourself.": ("control.volume", {"percent": 0}),
    "Save that again.": ("control.repeat", {}),
    "Chill the picture again.": ("picture.show_last", {"which": "latest"}),
}

NOT_MISHEARD = [
    "drawers full of socks and things",
    "drawing is my hobby",
    "drew and his brother came over",
    "painters came to the house",
    "at a party last night we talked",
    "and a happy new year",
    "and some more of that",
    "value for money",
    "meet your neighbours",
    "stay that way",
]


@pytest.mark.parametrize(("text", "meaning"), MISHEARD.items())
def test_a_command_that_was_misheard_is_still_understood(
    engine: ContextEngine, text: str, meaning: tuple[str, dict[str, str | int]]
) -> None:
    step = the_step(engine, text)
    assert (step.intent, step.slots) == meaning


@pytest.mark.parametrize("text", NOT_MISHEARD)
def test_what_only_sounds_like_a_command_is_none(engine: ContextEngine, text: str) -> None:
    assert the_step(engine, text).intent == "none"


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("let it snow", "make it snow"),
        ("could it be at night instead", "make it at night"),
        ("change it so it's night", "make it night"),
        ("redo it in pixel art", "in pixel art"),
        ("I want it in winter", "in winter"),
        ("the same thing but in a forest", "in a forest"),
        ("put a tree in the picture", "add a tree"),
        ("give her a hat", "give it a hat"),
        ("make it a little bit bigger", "make it bigger"),
        ("make the background blue", "make the background blue"),
        ("add a zeppelin", "add a zeppelin"),
        ("instead of the fox draw a wolf", "instead of the fox draw a wolf"),
        ("no moon", "no moon"),
    ],
)
def test_a_change_is_put_so_that_the_picture_understands_it(engine: ContextEngine, text: str, change: str) -> None:
    step = the_step(engine, text)
    assert (step.intent, step.slots) == ("picture.edit", {"change": change})
