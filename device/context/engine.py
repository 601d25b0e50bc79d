"""Understands an utterance: one step or several, each of them what a command means here and now.

::

    words ─▶ answers what was asked? ─▶ taken back? ─▶ cut into commands ─▶ grammar ─▶ references ─▶ steps
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from device.context.again import repeated
from device.context.clauses import Clauses
from device.context.grammar import CHANGES_A_PICTURE, NONE, Grammar
from device.context.heard import Heard
from device.context.others import OthersSentences
from device.context.plan import Plan, Step, made_by
from device.context.surroundings import PictureSeen, Surroundings
from device.context.where import where, with_reason
from device.context.which import chosen
from edge_models.expected import Expected
from edge_models.image.edit import edit_scene
from edge_models.image.parse import parse_prompt

__all__ = ["NONE", "ContextEngine"]

LEAVES_THE_DEVICE = frozenset({"picture.create", "picture.edit", "picture.variation", "picture.combine"})
SWALLOWS = frozenset({"reminder.set", "note.take", "memory.remember"})
"""Their words are anybody's: "remind me to lock the door and turn off the lights" is one wish."""
NEVER_SWALLOWED = ("timer.", "alarm.", "reminder.", "clock.", "quiet.", "list.")
MAX_STEPS = 6
LONGEST_RAMBLE = 40
"""Words of which the last may ask for a picture."""

Otherwise = Callable[[str, Surroundings], Step | None]
"""Another way to understand one command: the step about what is there, None when that isn't clear."""


class ContextEngine:
    """One language's understanding, made once (about a quarter of a second)."""

    def __init__(self, language: str = "en", names: tuple[str, ...] = ()) -> None:
        """`names`: what rooms and things are called here. Raises ValueError for a language without sentences."""
        self._grammar = Grammar(language, names)
        self._hearing = self._grammar.hearing
        self._clauses = Clauses(**self._grammar.clauses)

    @property
    def families(self) -> frozenset[str]:
        """What the intents of the device's own sentences begin with, as `Grammar.families`."""
        return self._grammar.families

    @property
    def lists(self) -> Mapping[str, Mapping[str, str]]:
        """What the grammar's lists have, as `Grammar.lists`."""
        return self._grammar.lists

    def add(self, others: OthersSentences) -> None:
        """Understand what somebody brought along, where the device's own sentences don't."""
        self._grammar.others.append(others)

    def expected(self, names: tuple[str, ...] = ()) -> Expected:
        """What to listen for: the commands, and the `names` of the household. Takes a quarter of a second."""
        return self._grammar.expected(names)

    def whole(self, text: str) -> bool:
        """Whether `text` is a command that nothing can follow, as `Grammar.whole`."""
        return self._grammar.whole(self._grammar.read(text))

    def command(self, text: str) -> str:
        """`text` without the courtesies around it, at most `hearing.MAX_CHARS` characters of it."""
        heard = self._grammar.read(text)
        return heard.as_said(self._hearing.command(heard.text))

    def understand(self, text: str, *, surroundings: Surroundings, otherwise: Otherwise | None = None) -> Plan:
        """What `text` asks for; one step whose intent is `none`, with slot `heard`, when it asks for nothing we do.

        `otherwise` is asked what the grammar doesn't know. Never raises, whatever the text. Reads at most
        `hearing.MAX_CHARS` characters of it.
        """
        heard = self._grammar.read(text)
        command = self._hearing.command(heard.text)
        said = heard.as_said(command)
        if surroundings.question and (answer := chosen(said or text, surroundings.question)):
            return Plan((replace(answer, route=_route("answer", answer, surroundings)),))
        if surroundings.previous and (again := repeated(text, surroundings.previous, surroundings)):
            return Plan((replace(again, route=_route("again", again, surroundings)),))
        corrected = self._corrected(command, heard, surroundings)
        steps = self._steps(corrected, heard, surroundings, otherwise)
        steps = steps or (self._steps(heard.text, heard, surroundings) if otherwise is None else [])
        steps = steps or self._at_last(command, heard, surroundings, otherwise)
        if not steps and (told := self._grammar.by_words(command, surroundings, heard)):
            steps = _planned([told], surroundings)
        if not steps:
            steps = [Step(NONE, {"heard": said} if said else {}, route="grammar/device")]
        return Plan(tuple(steps))

    def _corrected(self, command: str, heard: Heard, surroundings: Surroundings) -> str:
        """The command without what was taken back; but what is to be remembered is kept as it was said."""
        corrected = self._clauses.corrected(command)
        if corrected == command:
            return command
        uncorrected = self._grammar.step(command, heard, surroundings)
        return command if uncorrected is not None and uncorrected.intent in SWALLOWS else corrected

    def _at_last(self, text: str, heard: Heard, surroundings: Surroundings, otherwise: Otherwise | None) -> list[Step]:
        """The steps that a ramble ends with: "I've got an early flight so wake me at four".

        None that begin with a picture, since anything can be drawn; but for what is asked for by the words before, and
        for "draw me …", which nobody says of himself.
        """
        for ending, asked_for in self._clauses.endings(text):
            to_be_drawn = self._clauses.asks_to_draw(ending) or (asked_for and len(text.split()) <= LONGEST_RAMBLE)
            known = to_be_drawn or self._grammar.is_sure(ending)
            steps = self._steps(ending, heard, surroundings, otherwise if asked_for else None) if known else []
            if steps and (to_be_drawn or not steps[0].intent.startswith("picture.")):
                return steps
        # "Turn off the radio because I can't hear myself": what is known word for word.
        unreasoned = self._clauses.without_reason(text)
        return self._steps(unreasoned, heard, surroundings) if self._grammar.is_sure(unreasoned) else []

    def _steps(
        self, text: str, heard: Heard, surroundings: Surroundings, otherwise: Otherwise | None = None
    ) -> list[Step]:
        """The steps of all commands in `text`; none when it is no command, or begins with none."""
        first, *rest = [text] if self._grammar.knows(text, heard) else self._clauses.pieces(text)
        steps: list[Step] = []
        pending, before = first, surroundings
        for piece in rest:
            step = self._step(pending, heard, before, otherwise)
            if step is not None and len(steps) < MAX_STEPS - 1:
                after = _after(before, step, len(steps))
                opened = self._clauses.opened(piece)
                next_one = self._step(opened, heard, after, otherwise)
                if next_one is not None and not self._goes_on(step, heard.as_said(pending), piece, next_one):
                    steps.append(step)
                    pending, before = opened, after
                    continue
            pending += piece
        last = self._step(pending, heard, before, otherwise)
        return _planned([*steps, last], surroundings) if last is not None else []

    def _step(self, text: str, heard: Heard, surroundings: Surroundings, otherwise: Otherwise | None) -> Step | None:
        step = self._grammar.step(text, heard, surroundings)
        if step is not None or otherwise is None:
            return step
        return otherwise(heard.as_said(self._hearing.command(text)), surroundings)

    def _goes_on(self, step: Step, said: str, piece: str, next_one: Step) -> bool:
        """Whether the piece belongs to what was `said` before it, and isn't the `next_one`."""
        if next_one.intent == "picture.create" and not next_one.slots:
            return True
        if step.intent not in SWALLOWS or next_one.intent.startswith(NEVER_SWALLOWED) or self._clauses.follows(piece):
            return False
        # "Remind me to call Mum tomorrow": that is all of it.
        when = str(step.slots.get("when", ""))
        return not when or not said.lower().rstrip(" ,.").endswith(when.lower())


def _planned(steps: list[Step], surroundings: Surroundings) -> list[Step]:
    """The steps with their routes; a picture that is changed at once needs no finishing."""
    changed = {wanted for step in steps if step.intent in CHANGES_A_PICTURE for wanted in step.references.values()}
    return [
        replace(step, route=_route(_way(step), step, surroundings), passing=made_by(number) in changed)
        for number, step in enumerate(steps)
    ]


def _way(step: Step) -> str:
    return step.route.partition("/")[0] or "grammar"


def _route(way: str, step: Step, surroundings: Surroundings) -> str:
    return with_reason(
        f"{way}/{where(step.intent, surroundings, leaves=step.intent in LEAVES_THE_DEVICE)}", step.because
    )


def _after(before: Surroundings, step: Step, number: int) -> Surroundings:
    """How things will be when `step` is done: the picture that it makes is there to be spoken of."""
    about = next(iter(step.references.values()), None)
    source = next((picture for picture in before.pictures if picture.id == about), None)
    if step.intent == "picture.undo" and before.latest is not None:
        # What it was changed from is "it" from here on.
        first = tuple(picture for picture in before.pictures if picture.id == before.latest.parent)
        return replace(before, pictures=(*first, *(each for each in before.pictures if each not in first)))
    made: PictureSeen | None = None
    if step.intent == "picture.create":
        prompt = str(step.slots.get("prompt", ""))
        made = PictureSeen(made_by(number), prompt, parse_prompt(prompt))
    elif step.intent in LEAVES_THE_DEVICE and source is not None and source.scene is not None:
        change = str(step.slots.get("change", ""))
        scene = edit_scene(source.scene, change).scene if change else source.scene
        made = PictureSeen(made_by(number), source.prompt, scene, parent=source.id)
    if made is None:
        return before
    newest = max((picture.made_at for picture in before.pictures), default=0.0)
    made = replace(made, made_at=newest + 1.0)
    return replace(before, pictures=(made, *before.pictures))
