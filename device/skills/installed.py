"""Skills that others wrote: packages with an entry point in the group `nightjar.skills`.

Such a skill runs in the device's process and can do whatever the device can. So nothing of a package is imported before
the owner has allowed this version of it, and none keeps the device from starting: what is wrong is told in a sentence.
"""

import inspect
import logging
from collections.abc import Container, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from device.allowed import AllowedError, read_allowed
from device.context.engine import ContextEngine
from device.context.others import MAX_BYTES, OthersSentences, SentencesError, read_sentences
from device.context.plan import Step
from device.context.surroundings import Surroundings
from device.data import Data
from device.skills.base import API, Skill, Turn

log = logging.getLogger(__name__)

GROUP = "nightjar.skills"
MAX_SAID = 600
"""Characters of one reply."""


class SkillRefused(Exception):
    """An installed skill that is not used; the text is one plain sentence."""


@dataclass(frozen=True, slots=True)
class Found:
    """A skill that is installed; nothing of it was imported."""

    package: str
    """The distribution's name, as it is allowed: `coffee-skill`."""
    version: str
    name: str
    """The entry point's name, with which its intents begin: `coffee`."""
    entry: EntryPoint


@dataclass(frozen=True, slots=True)
class Installed:
    """A skill that the owner allowed, ready for use."""

    found: Found
    skill: Skill
    sentences: OthersSentences


def installed_skills() -> list[Found]:
    """All there are, by name."""
    found = [
        Found(entry.dist.name, entry.dist.version, entry.name, entry)
        for entry in entry_points(group=GROUP)
        if entry.dist is not None
    ]
    return sorted(found, key=lambda one: (one.package, one.name))


def allowed_skills(allowed: Mapping[str, str], *, taken: Container[str]) -> tuple[list[Installed], list[str]]:
    """Load what the owner allowed (packages to their versions), and say in a sentence each why others are not.

    `taken`: the first words of the device's own intents, which nobody else's may begin with.
    """
    ready: list[Installed] = []
    complaints: list[str] = []
    for found in installed_skills():
        try:
            _refuse_unallowed(found, allowed)
            if any(found.name == other.found.name for other in ready):
                raise SkillRefused(f"There are two skills called {found.name}.")
            ready.append(load(found, taken=taken))
        except SkillRefused as refused:
            log.warning("%s", refused)
            complaints.append(str(refused))
    return ready, complaints


def skills_of_others(home: Path, context: ContextEngine) -> list[Skill]:
    """The installed skills that are allowed in `home`; `context` understands their sentences from then on."""
    try:
        allowed = read_allowed(home).skills
    except AllowedError as error:
        log.warning("%s", error)
        allowed = {}
    ready, _ = allowed_skills(allowed, taken=context.families)
    for installed in ready:
        context.add(installed.sentences)
    return [installed.skill for installed in ready]


def _refuse_unallowed(found: Found, allowed: Mapping[str, str]) -> None:
    version = allowed.get(found.package)
    if version == found.version:
        return
    how = f"`nightjar skills allow {found.package}` allows it."
    if version is None:
        raise SkillRefused(f"The skill {found.package} is installed but not allowed; {how}")
    raise SkillRefused(f"The skill {found.package} was allowed as {version}, but this is {found.version}; {how}")


def load(found: Found, *, taken: Container[str]) -> Installed:
    """Import one. Raises SkillRefused, whatever the package does meanwhile."""
    try:
        if found.name in taken or not found.name.isidentifier():
            raise SkillRefused(f"{found.name!r} can't be a skill's name.")
        made = found.entry.load()
        if not (inspect.isclass(made) and issubclass(made, Skill)):
            raise SkillRefused("It is no Skill.")
        if made.api != API:
            raise SkillRefused(f"It was written for edition {made.api} of nightjar.skills; this is edition {API}.")
        _check(found.name, made)
        sentences = read_sentences(_text(made), found.name, intents=made.intents)
        return Installed(found, _Kept(made()), sentences)
    except (SkillRefused, SentencesError) as error:
        raise SkillRefused(f"The skill {found.package} is not used. {error}") from None
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        log.debug("%s could not be loaded", found.package, exc_info=True)
        raise SkillRefused(f"The skill {found.package} is not used: {type(error).__name__}: {error}.") from None


def _check(name: str, made: type[Skill]) -> None:
    wrong = sorted(intent for intent in made.intents if not intent.startswith(f"{name}."))
    if wrong or not made.intents:
        raise SkillRefused(f'Its intents must begin with "{name}.".')
    if unknown := made.leaves - frozenset(Data):
        raise SkillRefused(f"It says that {', '.join(sorted(unknown))} may leave; that can't be allowed.")


def _text(made: type[Skill]) -> str:
    if not made.sentences.endswith(".yaml"):
        return made.sentences
    path = Path(inspect.getfile(made)).with_name(made.sentences)
    try:
        with path.open(encoding="utf-8") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, UnicodeDecodeError) as error:
        raise SkillRefused(f"Its sentences {made.sentences} can't be read ({error}).") from None


class _Kept(Skill):
    """An installed skill with a turn in which it can speak and ask, and nothing else."""

    def __init__(self, inner: Skill) -> None:
        self._inner = inner
        self.intents, self.leaves = inner.intents, inner.leaves  # pyright: ignore[reportAttributeAccessIssue]

    def foretell(self, step: Step, surroundings: Surroundings) -> str:
        """Return what the skill foretells."""
        return str(self._inner.foretell(step, surroundings))[:MAX_SAID]

    async def run(self, step: Step, turn: Turn) -> None:
        """Let the skill carry it out."""

        async def say(text: str) -> bool:
            return await turn.say(text[:MAX_SAID])

        async def ask(text: str) -> object:
            return await turn.ask(text[:MAX_SAID])

        await self._inner.run(
            step,
            replace(
                turn,
                say=say,
                ask=ask,
                publish=lambda event: log.debug("an installed skill may not publish %s", event.name),
            ),
        )
