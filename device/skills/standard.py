"""The skills that every device has."""

from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor
from random import SystemRandom

from device.finishing import Finisher
from device.kept import Kept
from device.modes import Modes
from device.offload import Offload
from device.phrases import Phrases
from device.policy import Policy
from device.skills.about import AboutSkill
from device.skills.agenda import AgendaSkill
from device.skills.answer import AnswerSkill
from device.skills.asking import Asking
from device.skills.base import Skill
from device.skills.clock import ClockSkill
from device.skills.confirm import ConfirmSkill
from device.skills.control import ControlSkill
from device.skills.history import DoingSkill, HistorySkill
from device.skills.lists import ListSkill
from device.skills.memory import MemorySkill
from device.skills.microphone import MicrophoneSkill
from device.skills.notes import NoteSkill
from device.skills.own_words import OwnWords
from device.skills.picture import PictureSkill
from device.skills.picture_combine import CombineSkill
from device.skills.picture_delete import DeleteSkill
from device.skills.picture_describe import DescribeSkill
from device.skills.picture_make import PictureMaker
from device.skills.picture_send import Phone, SendSkill
from device.skills.picture_undo import UndoSkill
from device.skills.privacy import PrivacySkill
from device.skills.quiet import QuietSkill
from device.skills.timer import TimerSkill
from device.skills.which import WhichSkill
from device.skills.who import WhoSkill
from device.voice import SilentVoice, Voice
from edge_models.image.drafter import Drafter


def standard_skills(
    kept: Kept,
    *,
    offload: Offload,
    asking: Asking,
    voice: Voice | SilentVoice,
    mute: Callable[[bool], Awaitable[None]],
    modes: Modes,
    policy: Policy,
    phrases: Phrases,
    drafter: Drafter,
    finisher: Finisher | None,
    executor: Executor,
    phones: Callable[[], Sequence[Phone]],
    voices: bool,
) -> tuple[Skill, ...]:
    """Pictures, control, privacy, clock, timers, agenda, lists, notes, memory, questions, the past, the device itself.

    `mute` closes (True) or opens the microphone's gate; `executor` draws, in one thread; `phones` are those paired;
    `voices`: whether any voice is known.
    """
    gallery, edits = kept.gallery, kept.edits
    maker = PictureMaker(
        drafter=drafter,
        gallery=gallery,
        regions=kept.regions,
        offload=offload,
        executor=executor,
        random=SystemRandom(),
        phrases=phrases,
        finisher=finisher,
    )
    pictures = (
        PictureSkill(maker=maker, gallery=gallery, edits=edits, regions=kept.regions, phrases=phrases),
        CombineSkill(maker=maker, gallery=gallery, edits=edits, phrases=phrases),
        DescribeSkill(gallery=gallery, edits=edits, working_on=maker.working_on, phrases=phrases),
        UndoSkill(gallery=gallery, edits=edits, trash=kept.trash, maker=maker, phrases=phrases),
        SendSkill(gallery=gallery, edits=edits, phones=phones, phrases=phrases),
        DeleteSkill(gallery=gallery, edits=edits, trash=kept.trash, offload=offload, phrases=phrases),
    )
    control = ControlSkill(voice=voice, store=kept.store, cancel=maker.cancel_latest, phrases=phrases)
    told_when = AgendaSkill(kept.agenda, kept.timers, asking, phrases), QuietSkill(kept.quiet, phrases)
    written = ListSkill(kept.lists, asking, phrases), NoteSkill(kept.notes, asking, phrases)
    return (
        *pictures,
        control,
        MicrophoneSkill(mute, phrases),
        PrivacySkill(modes=modes, policy=policy, phrases=phrases),
        ClockSkill(phrases),
        TimerSkill(kept.timers, phrases),
        *told_when,
        *written,
        WhichSkill(phrases),
        ConfirmSkill(phrases),
        MemorySkill(kept.memory, phrases),
        AnswerSkill(
            offload=offload,
            policy=policy,
            own=OwnWords(notes=kept.notes, memory=kept.memory, answers=kept.answers, phrases=phrases),
            answers=kept.answers,
            phrases=phrases,
        ),
        HistorySkill(kept.history, phrases),
        DoingSkill(
            timers=kept.timers,
            pending=offload.pending,
            oldest_s=offload.oldest_s,
            finishing=finisher.pending if finisher else lambda: 0,
            phrases=phrases,
        ),
        WhoSkill(phrases, voices=voices),
        AboutSkill(phrases),
    )
