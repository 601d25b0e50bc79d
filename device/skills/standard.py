"""The skills that every device has."""

from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor
from random import SystemRandom

from device.gallery import Gallery, History, Regions, Trash
from device.offload import Offload
from device.skills.about import AboutSkill
from device.skills.base import Skill
from device.skills.clock import ClockSkill
from device.skills.confirm import ConfirmSkill
from device.skills.control import ControlSkill
from device.skills.microphone import MicrophoneSkill
from device.skills.picture import PictureSkill
from device.skills.picture_combine import CombineSkill
from device.skills.picture_delete import DeleteSkill
from device.skills.picture_describe import DescribeSkill
from device.skills.picture_make import PictureMaker
from device.skills.picture_send import Phone, SendSkill
from device.skills.picture_undo import UndoSkill
from device.skills.timer import TimerSkill
from device.skills.which import WhichSkill
from device.store import Store
from device.timers import Timers
from device.voice import SilentVoice, Voice
from edge_models.image.compositor import Compositor


def standard_skills(
    *,
    gallery: Gallery,
    history: History,
    trash: Trash,
    regions: Regions,
    offload: Offload,
    store: Store,
    timers: Timers,
    voice: Voice | SilentVoice,
    mute: Callable[[bool], Awaitable[None]],
    compositor: Compositor,
    executor: Executor,
    phones: Callable[[], Sequence[Phone]],
) -> tuple[Skill, ...]:
    """Pictures, control, clock, timers, and what the device says about itself.

    `mute` closes (True) or opens the microphone's gate; `executor` draws, in one thread; `phones` are those paired.
    """
    maker = PictureMaker(
        compositor=compositor, gallery=gallery, offload=offload, executor=executor, random=SystemRandom()
    )
    pictures = (
        PictureSkill(maker=maker, gallery=gallery, history=history, regions=regions),
        CombineSkill(maker=maker, gallery=gallery, history=history),
        DescribeSkill(gallery=gallery, history=history, offload=offload),
        UndoSkill(gallery=gallery, history=history, trash=trash, maker=maker),
        SendSkill(gallery=gallery, history=history, phones=phones),
        DeleteSkill(gallery=gallery, history=history, trash=trash, offload=offload),
    )
    control = ControlSkill(voice=voice, store=store, cancel=maker.cancel_latest)
    return (
        *pictures,
        control,
        MicrophoneSkill(mute),
        ClockSkill(),
        TimerSkill(timers),
        WhichSkill(),
        ConfirmSkill(),
        AboutSkill(),
    )
