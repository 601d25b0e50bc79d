"""Builds a device from its settings: the one place where its parts meet. `running` runs it."""

import errno
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from device.audit import Audit
from device.bus import NO_TURN, Bus
from device.by_hand import ByHand
from device.clock import Clock, local_now
from device.companion import Companion, Records, Refused, coming, papers
from device.companion.server import Status
from device.config import Broker, DeviceConfig
from device.context.by_example import ByExample
from device.context.engine import LEAVES_THE_DEVICE, NONE, ContextEngine
from device.context.examples import learnt_examples
from device.context.marked import Marked
from device.context.plan import Step
from device.context.questions import ASK, Questions
from device.context.surroundings import PictureSeen, Sound, Surroundings
from device.conversation import Conversation, State
from device.ears import Ears, FrontEnd, Models, is_echo
from device.engines import DeviceError, Hearing
from device.events import Failed, ModesChanged, Muted, SoundWorks, StateChanged, Transcript
from device.finishing import finisher_of
from device.foretelling import Foretelling
from device.kept import Kept
from device.lights import Lights
from device.modes import Modes
from device.news import News
from device.offload import Offload
from device.phrases import Phrases
from device.policy import Policy
from device.presence import Presence
from device.ringing import Ringing
from device.signals import Senses
from device.skills import Skills, restore_volume, standard_skills
from device.skills.asking import Asking
from device.skills.home import HomeSkill
from device.skills.installed import skills_of_others
from device.skills.picture_send import Phone
from device.skills.tools import allowed_tools, skills_of_tools
from device.store import Store
from device.turns import Request, Turns
from device.voice import SilentVoice, Voice
from edge_models.giving_way import draw_behind
from edge_models.image.drafter import Drafter
from edge_models.models import ModelStore
from edge_models.residency import Residency
from edge_models.sentence_embedding import shared_encoder
from hw.lights import Light

if TYPE_CHECKING:
    from device.context.language_model import LanguageModel

_MUTED = "muted"
"""The setting that outlives a restart."""
PICTURES_REMEMBERED = 30
"""So many pictures can be spoken of."""
ANSWER_S = 6.0
"""How long the device listens for the first word of an answer to its own question."""


class TooBusy(Refused):
    """So many commands wait that one more would not be carried out; the text is one plain sentence."""


class Device:
    """A running device. Made by `running_device`."""

    def __init__(
        self,
        config: DeviceConfig,
        home: Path,
        *,
        store: Store,
        clock: Clock,
        hearing: Hearing | None,
        drafter: Drafter,
        residency: Residency,
        turn_began_s: Callable[[float], float],
        live: bool,
    ) -> None:
        self.config = config
        self.muted = False
        """Whether the microphone's gate is closed."""
        self._sound_fault: str | None = None
        self._live = live
        self.bus = Bus(clock, next_seq=store.last_seq() + 1)
        self.conversation = Conversation(self._say_state)
        self.lights = Lights(lambda: Light(name), self.bus) if (name := config.lights.name) else None
        encoder = shared_encoder(ModelStore(home / "models"))
        self.kept = Kept.on(store, home, bus=self.bus, clock=clock, encoder=encoder)
        broker = Broker() if config.privacy.offline else config.broker
        phrases = Phrases(config.speech.language)
        self.offload = Offload(
            store=store,
            gallery=self.kept.gallery,
            bus=self.bus,
            device=broker.device or config.name,
            broker=broker,
            phrases=phrases,
        )
        self.modes = Modes(store, self._modes_changed)
        self.policy = Policy(config.privacy, self.modes, Audit(store), phrases=phrases)
        self.senses, self.presence = Senses(), Presence(bus=self.bus, watched=self._watched)
        self._drawing = ThreadPoolExecutor(1, "draft", initializer=draw_behind)
        self.context = ContextEngine(config.speech.language, config.speech.names)
        others = skills_of_others(home, self.context)
        self.tools = allowed_tools(config, home, store)
        self._home = HomeSkill(self.tools, phrases)
        tool_skills = skills_of_tools(self.tools, self.context, encoder, phrases)
        if hearing is not None:
            duplex, engines = hearing.duplex, hearing.engines
            self.voice: Voice | SilentVoice = Voice(
                tts=engines.tts, duplex=duplex, bus=self.bus, conversation=self.conversation, phrases=phrases
            )
            self.ears: Ears | None = Ears(
                duplex=duplex,
                models=Models(
                    front_end=FrontEnd(echo_cancellation=config.audio.echo_cancellation),
                    wake=engines.wake,
                    vad=engines.vad,
                    smart_turn=engines.smart_turn,
                    stt=engines.stt,
                    expected=self.context.expected(config.speech.names),
                    voices=engines.voices,
                ),
                voice=self.voice,
                bus=self.bus,
                conversation=self.conversation,
                whole=self.context.whole,
                understood=self._is_command,
                own_words=lambda text: is_echo(text, self.voice.last_said),
                likely=self._foretell,
                turn_began_s=turn_began_s,
                phrases=phrases,
            )
        else:
            self.voice = SilentVoice(bus=self.bus)
            self.ears = None
        self._asking = Asking()
        self.finisher = finisher_of(
            config.pictures, home, residency=residency, gallery=self.kept.gallery, bus=self.bus, phrases=phrases
        )
        skills = standard_skills(
            self.kept,
            offload=self.offload,
            asking=self._asking,
            voice=self.voice,
            mute=self.set_muted,
            modes=self.modes,
            policy=self.policy,
            phrases=phrases,
            drafter=drafter,
            finisher=self.finisher,
            executor=self._drawing,
            phones=self._phones,
            voices=hearing is not None and hearing.engines.voices is not None,
        )
        self._skills = Skills((*skills, self._home, *tool_skills, *others), policy=self.policy, phrases=phrases)
        self.foretelling = Foretelling(
            bus=self.bus,
            context=self.context,
            skills=self._skills,
            voice=self.voice,
            online=lambda: self.offload.online,
        )
        self.by_example = ByExample(
            language=config.speech.language,
            encoder=encoder,
            context=self.context,
            carried_out=self._skills.intents,
            learnt_at=learnt_examples(config.speech.language),
        )
        self.language_model = _language_model(config, home, self._skills, residency)
        self.turns = Turns(
            bus=self.bus,
            conversation=self.conversation,
            context=self.context,
            skills=self._skills,
            voice=self.voice,
            phrases=phrases,
            surroundings=self._surroundings,
            listen=self._listen_for_answer,
            further=self._further(),
            marked=self._marked,
        )
        self.news = News(
            bus=self.bus,
            conversation=self.conversation,
            voice=self.voice,
            quiet=self.kept.quiet,
            phrases=phrases,
            somebody=lambda: self.presence.somebody,
        )
        self.ringing = Ringing(
            timers=self.kept.timers,
            agenda=self.kept.agenda,
            quiet=self.kept.quiet,
            bus=self.bus,
            conversation=self.conversation,
            voice=self.voice,
            phrases=phrases,
            somebody=lambda: self.presence.somebody,
        )
        self.by_hand = ByHand(
            bus=self.bus,
            gallery=self.kept.gallery,
            edits=self.kept.edits,
            trash=self.kept.trash,
            regions=self.kept.regions,
            offload=self.offload,
            begin=self.ask,
            phrases=phrases,
        )
        self.companion = Companion(
            config=config.companion,
            home=home,
            bus=self.bus,
            gallery=self.kept.gallery,
            by_hand=self.by_hand,
            journal=self.kept.journal,
            recorder=self.kept.recorder,
            records=Records(self.kept),
            ask=self.ask,
            mute=self.set_muted,
            status=self._status,
            routes=(
                *papers.routes(self.kept.lists, self.kept.notes),
                *coming.routes(self.kept.timers, self.kept.agenda),
            ),
        )

    def _further(self) -> list[Callable[[str, Surroundings], Awaitable[tuple[Step, ...]]]]:
        """The ways to understand what the grammar does not, in their order: questions about the world come last."""
        questions = Questions(self.config.speech.language)
        ways = [self.by_example.understand, questions.look_up]
        if self.language_model:
            ways.append(self.language_model.understand)
        return [*ways, questions.ask]

    def _say_state(self, state: State) -> None:
        self.bus.publish(NO_TURN, StateChanged(state, self.conversation.reason))

    def ask(self, text: str, step: Step | None = None) -> str:
        """Begin a turn from typed words and return its id. Raises TooBusy.

        `step`: what they mean, where a hand on the page has shown what they are about.
        """
        # Half a character, as a broken client may send it, would be refused by the store and by every page.
        text = text.encode("utf-8", "replace").decode()
        language = self.config.speech.language
        turn = self.bus.begin_turn()
        if not self.turns.submit(Request(turn, text, language, spoken=False, step=step)):
            raise TooBusy(self.turns.too_busy)
        self.bus.publish(turn, Transcript(text=text, language=language, confidence=1.0))
        return turn

    async def load(self) -> None:
        """Take up what there was before it was switched off: settings, timers, alarms, memory, the gate."""
        await self.kept.load()
        await restore_volume(self.voice, self.kept.store)
        await self.modes.load()
        if self._live and await self.kept.store.setting(_MUTED) == "yes":
            self._move_gate(muted=True)

    async def set_muted(self, muted: bool) -> None:
        """Close (True) or open the microphone's gate, until it is moved again, over restarts too. Raises StoreError.

        No sound may lead here with False: only the page, a typed command or a program.
        """
        if muted == self.muted:
            return
        self._move_gate(muted=muted)
        if self._live:
            await self.kept.store.set_setting(_MUTED, "yes" if muted else "no")

    def _move_gate(self, *, muted: bool) -> None:
        self.muted = muted
        if self.ears is not None:
            self.ears.set_muted(muted)
        self.bus.publish(NO_TURN, Muted(muted))

    def _modes_changed(self) -> None:
        self.offload.hold(self.modes.private)
        self.bus.publish(NO_TURN, ModesChanged(self.modes.child, self.policy.private))

    def sound_fault(self, sentence: str | None) -> None:
        """Show on the page and by light that microphone or loudspeaker failed; None: they work again."""
        self._sound_fault = sentence
        self.bus.publish(NO_TURN, SoundWorks() if sentence is None else Failed(code="sound", text=sentence))

    def sound_complaint(self, sentence: str) -> None:
        """Tell the page what makes hearing worse, though the microphone works."""
        self.bus.publish(NO_TURN, Failed(code="microphone", text=sentence))

    async def serve_page(self, opened: Callable[[str], None]) -> None:
        """Serve the companion page until cancelled; `opened` gets its address. Raises DeviceError."""
        try:
            await self.companion.run(opened)
        except OSError as error:
            port = self.config.companion.port
            if error.errno == errno.EADDRINUSE:
                advice = "set another port under [companion] in config.toml"
                raise DeviceError(f"The page's port {port} is in use; {advice}.") from None
            raise DeviceError(f"The companion page can't be served: {error.strerror or error}.") from None

    def close(self) -> None:
        """Let the models' threads end."""
        self.voice.close()
        if self.ears is not None:
            self.ears.close()
        self.kept.memory.close()
        self._drawing.shutdown(wait=False, cancel_futures=True)
        self.by_example.close()

    @property
    def busy(self) -> bool:
        """Whether something that was heard or typed is not through yet."""
        return self.conversation.state is not State.IDLE or self.working

    @property
    def working(self) -> bool:
        """Whether a model or a skill is at work, or the device speaks: then time is the wall's."""
        return self.turns.active > 0 or (self.ears is not None and self.ears.working)

    async def hear(self) -> None:
        """Listen until the microphone ends (a file), or for ever."""
        assert self.ears is not None
        async for utterance in self.ears.utterances():
            request = Request(
                utterance.turn,
                utterance.text,
                utterance.language,
                addressed=utterance.addressed,
                speaker=utterance.speaker,
                speaker_certain=utterance.certain,
            )
            if not self.turns.submit(request):
                self.turns.refuse(request)

    def _listen_for_answer(self) -> None:
        if self.ears is not None and not self.muted:
            self.ears.listen(patience_s=ANSWER_S, reason="follow_up")

    def _foretell(self, text: str) -> None:
        self.foretelling.foretell(text)

    async def _is_command(self, text: str) -> bool:
        """Whether words that were said over the device's own voice are meant for it."""
        plan = self.context.understand(text, surroundings=await self._surroundings())
        plan = await self._skills.claimed(text, plan)
        return any(step.intent != NONE for step in plan.steps)

    async def _surroundings(self) -> Surroundings:
        pictures = await self.kept.edits.recent(PICTURES_REMEMBERED)
        return Surroundings(
            now=local_now(),
            online=self.offload.online,
            finished_here=self.finisher is not None,
            pictures=tuple(
                PictureSeen(
                    id=picture.id,
                    prompt=picture.prompt,
                    scene=picture.scene,
                    made_at=picture.created_at,
                    turn=picture.turn,
                    parent=picture.parent,
                    photo=picture.source is not None,
                )
                for picture in pictures
            ),
            timers=tuple(timer.name for timer in self.kept.timers.all() if timer.name),
            do_not_disturb=self.kept.quiet.on,
            asked=self._asking.kind,
            question=self.turns.question,
            previous=self.turns.previous,
            child_mode=self.modes.child,
            sounds=self._sounds(),
            room=self.config.room or self.config.name,
            battery_percent=self.senses.now.battery_percent,
            hot=self.senses.now.hot,
            kept_here=self.policy.kept_here(LEAVES_THE_DEVICE | {ASK}),
        )

    def _marked(self) -> Marked | None:
        return self.by_hand.marked

    def _watched(self) -> bool:
        return self.companion.watched

    def _sounds(self) -> frozenset[Sound]:
        """What is to be heard, or was until somebody began to speak a moment ago."""
        rings = self.kept.timers.ringing or self.kept.agenda.ringing
        sounds: list[Sound | None] = [
            "ringing" if rings else None,
            "speech" if self.voice.cut_off else None,
            self._home.playing,
        ]
        return frozenset(sound for sound in sounds if sound)

    def _phones(self) -> tuple[Phone, ...]:
        return self.companion.phones()

    def _status(self) -> Status:
        return Status(
            name=self.config.name,
            state=self.conversation.state,
            reason=self.conversation.reason,
            muted=self.muted,
            sound_fault=self._sound_fault,
            online=self.offload.online,
            do_not_disturb=self.kept.quiet.on,
            somebody=self.presence.somebody,
            child=self.modes.child,
            private=self.policy.private,
            phrases=list(self.config.wake.phrases),
        )


def _language_model(config: DeviceConfig, home: Path, skills: Skills, residency: Residency) -> "LanguageModel | None":
    settings = config.language_model
    if not (settings.url or settings.local):
        return None
    # 0.7 s that only its users wait for.
    from device.context.language_model import LanguageModel
    from device.context.language_servers import language_server

    server = language_server(settings, ModelStore(home / "models"), residency)
    return LanguageModel(server, intents=skills.intents, answers=settings.answers)
