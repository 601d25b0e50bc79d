"""Skills that answer in Arabic: what was understood in, Arabic sentences out."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import pytest
from memory_parts import no_model
from phrase_parts import ARABIC

from device.agenda import Agenda, Entry
from device.bus import Bus
from device.clock import SystemClock
from device.config import Privacy
from device.context import Step, Surroundings
from device.context.when import When
from device.data import Data
from device.do_not_disturb import Quiet
from device.memory import Memory
from device.modes import Modes
from device.paper import Lists, Notes
from device.policy import Policy, Wish, Words
from device.ringing import told, told_alarm, told_reminder
from device.skills import Skill, Skills, Turn
from device.skills.about import AboutSkill, cannot
from device.skills.agenda import AgendaSkill
from device.skills.asking import Asking
from device.skills.clock import ClockSkill
from device.skills.confirm import ConfirmSkill
from device.skills.control import ControlSkill
from device.skills.lists import ListSkill, items
from device.skills.memory import MemorySkill
from device.skills.microphone import MicrophoneSkill
from device.skills.notes import NoteSkill
from device.skills.privacy import PrivacySkill
from device.skills.quiet import QuietSkill
from device.skills.timer import TimerSkill
from device.skills.which import WhichSkill
from device.store import Store
from device.timers import Timer, Timers
from device.voice import SilentVoice

NOW = datetime(2026, 11, 22, 20, 40, tzinfo=UTC)


class House:
    """A device whose language is Arabic."""

    def __init__(self, store: Store) -> None:
        bus = Bus(SystemClock())
        self.seconds = 0.0
        self.timers = Timers(store, clock=self, unix_time=NOW.timestamp)
        self.agenda = Agenda(store, now=lambda: NOW, changed=self.timers.changed)
        self.memory = Memory(store, encoder=no_model)
        asking, modes = Asking(self.now), Modes(store)
        policy = Policy(Privacy(), modes, words=Words(), phrases=ARABIC)
        skills: list[Skill] = [
            ClockSkill(ARABIC),
            TimerSkill(self.timers, ARABIC),
            AgendaSkill(self.agenda, self.timers, asking, ARABIC),
            QuietSkill(Quiet(store, bus), ARABIC),
            ControlSkill(voice=SilentVoice(bus=bus), store=store, cancel=_nothing_to_cancel, phrases=ARABIC),
            MicrophoneSkill(_moved, ARABIC),
            PrivacySkill(modes=modes, policy=policy, phrases=ARABIC),
            AboutSkill(ARABIC),
            ListSkill(Lists(store), asking, ARABIC),
            NoteSkill(Notes(store), asking, ARABIC),
            MemorySkill(self.memory, ARABIC, now=self.now),
            WhichSkill(ARABIC),
            ConfirmSkill(ARABIC),
            _Painter(),
        ]
        self.skills = Skills(skills, policy=policy, phrases=ARABIC)

    def now(self) -> float:
        return self.seconds

    async def hear(self, intent: str, **slots: str | int) -> str:
        said: list[str] = []

        async def say(text: str) -> bool:
            said.append(text)
            return True

        surroundings = Surroundings(now=NOW, online=True)
        step = Step(intent, slots)
        foretold = self.skills.foretell(step, surroundings)
        await self.skills.run(step, Turn("t", say, say, print, "ar", surroundings))
        assert " ".join(said).startswith(foretold)
        return " ".join(said)


class _Painter(Skill):
    intents = frozenset({"picture.create"})

    async def run(self, step: Step, turn: Turn) -> None:
        raise RuntimeError("no brush")


async def _nothing_to_cancel() -> bool:
    return False


async def _moved(muted: bool) -> None:
    del muted


@pytest.fixture
async def house(store: Store) -> AsyncIterator[House]:
    house = House(store)
    yield house
    house.memory.close()


@pytest.mark.parametrize(
    ("intent", "slots", "said"),
    [
        ("clock.time", {}, "الساعة الآن التاسعة إلا ثلثًا."),
        ("clock.date", {}, "اليوم الأحد، الثاني والعشرون من نوفمبر."),
        ("clock.date", {"part": "year"}, "نحن في عام ألفين وستة وعشرين."),
        ("timer.status", {}, "لا يوجد مؤقت."),
        ("timer.set", {}, "كم المدة؟"),
        ("timer.set", {"minutes": 2}, "دقيقتان، بدءًا من الآن."),
        ("timer.set", {"minutes": 10, "name": "البيض"}, "مؤقت البيض، عشر دقائق، بدءًا من الآن."),
        ("alarm.list", {}, "ليست لديك منبهات."),
        ("alarm.snooze", {}, "لم يرن أي منبه الآن."),
        ("reminder.set", {}, "بماذا أذكّرك؟"),
        (
            "reminder.set",
            {"what": "الاتصال بأمي", "hours": 1},
            "حسنًا، سأذكّرك الساعة العاشرة إلا ثلثًا مساءً: «الاتصال بأمي».",
        ),
        ("quiet.set", {"on": 0}, "حسنًا، سأتكلم من جديد."),
        (
            "quiet.set",
            {"on": 1, "hours": 2},
            "حسنًا، لن أزعجك حتى الساعة الحادية عشرة إلا ثلثًا ليلًا. أما المنبهات والمؤقتات فسترن.",
        ),
        ("control.volume", {"percent": 35}, "حسنًا، خمسة وثلاثون بالمئة."),
        ("control.mute", {"muted": 1}, "الميكروفون مغلق. ويمكن تشغيله من الصفحة، أو بكتابة: شغّل الميكروفون."),
        (
            "privacy.explain",
            {},
            (
                "عند طلب صورة أو سؤال لا أجيب عنه هنا قد يُرسل إلى الجسر: كلامك. "
                "ويبقى هنا: التسجيلات والصور الفوتوغرافية وموقعي."
            ),
        ),
        ("device.online", {}, "نعم، أنا متصل بالشبكة."),
        ("picture.create", {"prompt": "a naked lady"}, "لا أرسم شيئًا جنسيًا. يمكن طلب شيء آخر."),
        ("picture.create", {"prompt": "a fox"}, "عذرًا، حدث خطأ ما."),
    ],
)
async def test_the_answer_is_arabic(house: House, intent: str, slots: dict[str, str | int], said: str) -> None:
    assert await house.hear(intent, **slots) == said


async def test_timers_are_told_paused_and_told_apart(house: House) -> None:
    await house.hear("timer.set", minutes=10, name="البيض")
    await house.hear("timer.set", hours=1)
    house.seconds += 30
    assert await house.hear("timer.status") == (
        "مؤقتان. مؤقت البيض: الباقي تسع دقائق وثلاثون ثانية. مؤقت ساعة: الباقي ساعة واحدة."
    )
    assert await house.hear("timer.cancel") == "أيها المقصود: مؤقت البيض أم مؤقت ساعة؟"
    assert await house.hear("timer.pause", name="البيض") == "توقف العد في مؤقت البيض، والباقي تسع دقائق وثلاثون ثانية."
    assert await house.hear("timer.cancel", which="all") == "تم إلغاء مؤقت ساعة ومؤقت البيض."


async def test_lists_are_written_on_read_and_cleared(house: House) -> None:
    assert await house.hear("list.add", item="الحليب، البيض والخبز") == "الحليب والبيض والخبز على قائمة التسوق."
    assert await house.hear("list.read") == "على قائمة التسوق: الحليب والبيض والخبز."
    assert await house.hear("list.read", item="الجبن", list="المشتريات") == "ليس على قائمة التسوق: الجبن."
    assert await house.hear("list.remove", item="البيض") == "حُذف من قائمة التسوق: البيض."
    assert await house.hear("list.read", which="all") == "لديك قائمة واحدة: التسوق."
    assert await house.hear("list.clear") == "قائمة التسوق فارغة الآن."


@pytest.mark.parametrize(
    ("said", "parts"),
    [
        ("الورق والوسادة", ["الورق", "الوسادة"]),
        ("ورق، حليب", ["ورق", "حليب"]),
        ("حليب ورق", ["حليب ورق"]),
    ],
)
def test_things_are_told_apart_where_and_is_no_letter_of_a_word(said: str, parts: list[str]) -> None:
    assert items(Step("list.add", {"item": said})) == parts


async def test_notes_are_taken_read_and_deleted(house: House) -> None:
    assert await house.hear("note.read") == "ليست لديك ملاحظات."
    assert await house.hear("note.take", text="رمز الباب 4711") == "حسنًا، تمت كتابة ذلك."
    assert await house.hear("note.read") == "رمز الباب 4711."
    await house.hear("note.take", text="الباب يصر")
    assert await house.hear("note.read") == "ملاحظتان: الباب يصر. رمز الباب 4711."
    assert await house.hear("note.delete", which="all") == "تم حذف ملاحظتين."


async def test_facts_are_kept_told_and_forgotten(house: House) -> None:
    assert await house.hear("memory.recall", which="all") == "لم أُخبَر بشيء بعد."
    assert await house.hear("memory.remember", fact="لينا تحب الثعالب") == "سأتذكر: «لينا تحب الثعالب»."
    assert await house.hear("memory.recall", which="all") == "«لينا تحب الثعالب»."
    assert await house.hear("memory.forget", which="last") == "تم نسيان: «لينا تحب الثعالب»."


async def test_it_asks_back_in_arabic(house: House) -> None:
    assert await house.hear("dialogue.confirm", what="أأفتح الباب") == "أأفتح الباب؟"
    assert await house.hear("dialogue.dropped") == "حسنًا."
    which = Step("dialogue.which", references={"ثعلب أحمر": "p1", "قلعة": "p2"})
    assert house.skills.foretell(which, Surroundings(now=NOW)) == "أيها المقصود: ثعلب أحمر أم قلعة؟"


async def test_alarms_are_listed_and_cancelled(house: House) -> None:
    await house.agenda.add("alarm", "", When(NOW + timedelta(hours=10)))
    await house.agenda.add("alarm", "الدواء", When(NOW + timedelta(hours=12)))
    assert await house.hear("alarm.list") == (
        "لديك منبه غدًا الساعة السابعة إلا ثلثًا صباحًا؛ منبه غدًا الساعة التاسعة إلا ثلثًا صباحًا: «الدواء»."
    )
    assert await house.hear("alarm.cancel", which="all") == "تم إلغاء منبهين."
    assert await house.hear("alarm.cancel") == "لا يوجد منبه."


def ring(sentence: Callable[..., str], kind: str, *, late_s: float, about: str) -> str:
    entry = Entry(n=1, kind=kind, about=about, at=NOW.timestamp() - late_s)  # pyright: ignore[reportArgumentType]
    return sentence(entry, NOW, ARABIC)


def test_what_rings_says_so_in_arabic() -> None:
    eggs = Timer(1, "البيض", 600, 0, 0)
    assert told([eggs], 0, ARABIC) == "انتهى مؤقت البيض."
    assert told([eggs, eggs], 0, ARABIC) == "انتهى كل من مؤقت البيض ومؤقت البيض."
    assert told([eggs], 120, ARABIC) == "انتهى مؤقت البيض منذ دقيقتين، وتعذر التنبيه حينها."
    assert ring(told_alarm, "alarm", late_s=0, about="") == "إنها الساعة التاسعة إلا ثلثًا مساءً."
    assert ring(told_reminder, "reminder", late_s=0, about="الدواء") == "تذكير: «الدواء»."
    assert ring(told_reminder, "reminder", late_s=86_400, about="") == (
        "كان المطلوب تذكيرك أمس الساعة التاسعة إلا ثلثًا مساءً."
    )


def test_why_something_stays_is_said_in_arabic() -> None:
    policy = Policy(Privacy(offline=True), words=Words(), phrases=ARABIC)
    kinds = frozenset({Data.TEXT})
    decision = policy.decide(Wish("t", "picture.create", kinds, kinds, "a fox"))
    assert decision.said == "سيبقى هذا هنا: لا يُسمح بخروج شيء من الجهاز."


def test_another_script_is_not_read_out() -> None:
    assert "العربية" in cannot("turn on the lights", ARABIC)
    assert "«أشعل الأضواء»" in cannot("أشعل الأضواء", ARABIC)
