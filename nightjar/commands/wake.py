"""`nightjar wake`: wake phrases of your own, from a few recordings, and whose voice is obeyed."""

import argparse
import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nightjar.arguments import voice_name, wake_name
from nightjar.errors import UserError
from nightjar.home import home
from nightjar.output import print_json, print_line
from nightjar.recordings import from_files, from_microphone, tell

if TYPE_CHECKING:
    from device.config import DeviceConfig
    from edge_models.enrolment import Learnt
    from edge_models.models import ModelStore
    from edge_models.own_phrase import OwnPhrase
    from edge_models.speech_embedding import SpeechEmbedding
    from edge_models.vad import SileroVad
    from nightjar.recordings import Floats


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `wake` and its commands."""
    parser = subparsers.add_parser("wake", help="wake phrases of your own, and whose voice is obeyed")
    commands = parser.add_subparsers(dest="wake_command", metavar="COMMAND", required=True)

    enrolling = commands.add_parser("enroll", help="learn a phrase, or a voice, from five recordings")
    enrolling.add_argument("phrase", nargs="?", type=wake_name, metavar="PHRASE", help="what you will say")
    enrolling.add_argument("--voice", type=voice_name, metavar="NAME", help="learn whose voice it is, too")
    enrolling.add_argument(
        "--from", dest="clips", nargs="+", type=Path, metavar="CLIP", help="audio files instead of the microphone"
    )
    enrolling.set_defaults(run=_enroll)

    listing = commands.add_parser("list", help="the phrases and voices that were learnt")
    listing.add_argument("--json", action="store_true", help="one JSON object a line")
    listing.set_defaults(run=_list)

    forgetting = commands.add_parser("forget", help="delete a phrase or a voice that was learnt")
    forgetting.add_argument("name", type=wake_name, metavar="NAME")
    forgetting.set_defaults(run=_forget)


def _enroll(args: argparse.Namespace) -> int:
    from device.config import load_config
    from edge_models.models import ModelStore

    if not (args.phrase or args.voice):
        raise UserError('Say what to learn: a phrase, as "hey nightjar", or --voice NAME.')
    config = load_config(home())
    models = ModelStore(home() / "models")
    phrase = " ".join(args.phrase.lower().split()) if args.phrase else None
    built_in = phrase in _built_in(models)
    if phrase and built_in and not args.voice:
        raise UserError(f'"{phrase}" is known already: name it under [wake] in config.toml.')
    recordings = _recordings(args.clips, config, models, phrase or config.wake.phrases[0])
    if phrase and not built_in:
        _learn_phrase(phrase, recordings, models)
    if args.voice:
        _learn_voice(args.voice, recordings, models)
    return 0


def _recordings(clips: list[Path] | None, config: "DeviceConfig", models: "ModelStore", phrase: str) -> list["Floats"]:
    from edge_models.vad import SileroVad

    vad = SileroVad(models.path("silero-vad"))
    return from_files(clips, vad) if clips else asyncio.run(_recorded(config, vad, phrase))


async def _recorded(config: "DeviceConfig", vad: "SileroVad", phrase: str) -> list["Floats"]:
    from hw.audio.card import SoundCard

    card = SoundCard(config.audio.microphone, config.audio.speaker)
    try:
        return await from_microphone(card, vad, phrase, tell=tell)
    finally:
        await card.close()


def _learn_phrase(phrase: str, recordings: Sequence["Floats"], models: "ModelStore") -> None:
    from edge_models.background import background, say
    from edge_models.enrolment import learn, sample, spoken_sample
    from edge_models.own_phrase import keep_phrase
    from edge_models.speech_embedding import SpeechEmbedding
    from edge_models.spoken import VOICE
    from edge_models.tts import PiperVoice
    from edge_models.variations import without_quiet

    embedding = SpeechEmbedding(models.path("speech-embedding"))
    voice = PiperVoice(models.path(VOICE))
    others = background(home() / "wake", voice, embedding, progress=_progress)
    tell("Learning the phrase …")
    samples = [sample(recording, others, embedding, seed=number) for number, recording in enumerate(recordings)]
    said = without_quiet(say(voice, f"{phrase}."))
    learnt = learn(phrase, samples, spoken_sample(said, others, embedding) if said.size else None, others)
    if 2 * learnt.found < learnt.of:
        raise UserError(
            f"Nothing was learnt: of your {learnt.of} recordings, {learnt.found} sound like the others. "
            "Say the same phrase each time."
        )
    keep_phrase(home() / "wake", learnt.own)
    _report(learnt)
    _report_real(learnt.own, embedding)
    print(f'Use it with --wake "{phrase}", or name it under [wake] in config.toml.')


def _progress(done: int, count: int) -> None:
    if done % 10 == 0:
        tell(f"Once only: saying what the phrase is to be told from … {100 * done // max(count, 1)} %")


def _report(learnt: "Learnt") -> None:
    own = learnt.own
    print(f'"{own.phrase}" is learnt.')
    print(f"  heard in your recordings, each judged without itself: {learnt.found} of {learnt.of}")
    print(f"  ... made faster, slower, noisy or echoing:            {learnt.varied_found} of {learnt.varied_of}")
    print(f"  false accepts in {learnt.hours:.1f} h of other speech and noise:   {learnt.false_hits}")
    for number in learnt.strangers:
        print(f"  recording {number + 1} sounds different from the others; enroll again if others are missed")
    if learnt.found < learnt.of - 1:
        print("  That is not much: a longer phrase, said the same way each time, is heard better.")


def _report_real(own: "OwnPhrase", embedding: "SpeechEmbedding") -> None:
    """Where a developer has recordings of people, as for the benchmarks, say how the phrase does on them."""
    from edge_models.own_phrase import OwnPhrases
    from tools.bench.speech import clips, samples, speech_root

    speech = speech_root()
    if speech is None:
        return
    engine, hits, seconds = OwnPhrases(embedding, [own]), 0, 0.0
    for clip in clips(speech, "negative"):
        engine.reset()
        hits += len(engine.process(samples(clip)))
        seconds += clip.seconds
    print(f"  false accepts in {seconds / 3600:.2f} h of real speech in {speech}: {hits}")


def _learn_voice(name: str, recordings: Sequence["Floats"], models: "ModelStore") -> None:
    from device.ears.speaker import enrolled, keep_voice, learn_voice, sounds_like
    from edge_models.speaker import NoSpeech, VoiceEncoder

    try:
        voice = learn_voice(VoiceEncoder(models.path("resemblyzer")), name, recordings)
    except NoSpeech as error:
        raise UserError(f"{error} Enroll again.") from None
    other = sounds_like(voice, enrolled(home() / "voices"))
    keep_voice(home() / "voices", voice)
    print(
        f'The voice of {name} is learnt. It is kept on this device alone; `nightjar wake forget "{name}"` deletes it.'
    )
    if other:
        print(f"It sounds much like {other.name}'s: the device will often call neither of you by name.")
    print(f'To have it alone obeyed: only_voices = ["{name}"] under [wake] in config.toml.')


def _list(args: argparse.Namespace) -> int:
    from device.ears.speaker import read_voice
    from edge_models.kept import KeptError
    from edge_models.own_phrase import read_phrase

    kinds = (
        ("phrase", "wake", lambda path: read_phrase(path).phrase),
        ("voice", "voices", lambda p: read_voice(p).name),
    )
    nothing = True
    for kind, folder, name_of in kinds:
        for path in sorted((home() / folder).glob("*.npz")):
            if path.name == "background.npz":
                continue
            nothing = False
            try:
                name, trouble = name_of(path), None
            except KeptError as error:
                name, trouble = path.stem, str(error)
            if args.json:
                print_json({"kind": kind, "name": name, "path": str(path), "trouble": trouble})
            else:
                print_line(f"{kind:<8}{name}{f'  ({trouble})' if trouble else ''}")
    if nothing and not args.json:
        tell('Nothing was learnt yet: `nightjar wake enroll "hey nightjar"` begins.')
    return 0


def _forget(args: argparse.Namespace) -> int:
    from device.ears.speaker import voice_path
    from edge_models.kept import forget
    from edge_models.own_phrase import phrase_path

    paths = [phrase_path(home() / "wake", args.name), voice_path(home() / "voices", args.name)]
    found = [path for path in paths if path.is_file()]
    if not found:
        raise UserError(f"Neither a phrase nor a voice {args.name!r} was learnt; `nightjar wake list` shows what was.")
    for path in found:
        forget(path)
    print(f"Forgot {args.name}.")
    return 0


def _built_in(models: "ModelStore") -> set[str]:
    return {path.stem.replace("_", " ") for path in models.path("microwakeword").glob("*.json")}
