"""Picture models in a folder: what is checked before anything is loaded, what is in memory when, and what goes wrong.

The networks are played: what they compute is compared with diffusers in tests/tools/export.
"""

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing

from edge_models.diffusion import Part, TurboPicture, read_card
from edge_models.diffusion.card import CARD, Card, checked_card, file_entry
from edge_models.diffusion.parts import OpenPart
from edge_models.diffusion.wiring import Family, PartName, part_names
from edge_models.diffusion.words import Words
from edge_models.models import ModelCorrupt
from edge_models.network import Arrays, OnnxNetwork
from edge_models.residency import TooLittleMemory
from tools.export.card_file import write_card

PLENTY = 2**30
READ = 6
_LATENTS, _PICTURE = (1, 4, 8, 8), (1, 3, 64, 64)
_DECODER = ({"latents": _LATENTS}, {"picture": _PICTURE})
ENDS: Mapping[Family, Mapping[PartName, tuple[Mapping[str, tuple[int, ...]], Mapping[str, tuple[int, ...]]]]] = {
    "sd-turbo": {
        "text_encoder": ({"ids": (1, 6)}, {"hidden": (1, 6, 5)}),
        "denoiser": ({"latents": _LATENTS, "timestep": (1,), "text": (1, 6, 5)}, {"prediction": _LATENTS}),
        "decoder": _DECODER,
    },
    "sdxl-turbo": {
        "text_encoder": ({"ids": (1, 6)}, {"hidden": (1, 6, 5)}),
        "text_encoder_2": ({"ids": (1, 6), "end": (1,)}, {"hidden": (1, 6, 7), "pooled": (1, 3)}),
        "denoiser": (
            {"latents": _LATENTS, "timestep": (1,), "text": (1, 6, 12), "pooled": (1, 3)},
            {"prediction": _LATENTS},
        ),
        "decoder": _DECODER,
    },
    "flux-schnell": {
        "text_encoder": ({"ids": (1, 5), "end": (1,)}, {"pooled": (1, 3)}),
        "text_encoder_2": ({"ids": (1, 6)}, {"hidden": (1, 6, 7)}),
        "denoiser": (
            {"latents": _LATENTS, "timestep": (1,), "text": (1, 6, 7), "pooled": (1, 3)},
            {"prediction": _LATENTS},
        ),
        "decoder": _DECODER,
    },
    "sana-sprint": {
        "text_encoder": ({"ids": (1, 6), "mask": (1, 6)}, {"hidden": (1, 6, 5)}),
        "denoiser": (
            {"latents": _LATENTS, "timestep": (1,), "text": (1, 4, 5), "mask": (1, 4)},
            {"prediction": _LATENTS},
        ),
        "decoder": _DECODER,
    },
}
SCHEDULES: Mapping[str, dict[str, Any]] = {
    "sd-turbo": {"kind": "euler", "beta_start": 0.00085, "beta_end": 0.012, "train_steps": 1000},
    "sdxl-turbo": {"kind": "euler_ancestral", "beta_start": 0.00085, "beta_end": 0.012, "train_steps": 1000},
    "flux-schnell": {"kind": "flow", "shift": 1.0},
    "sana-sprint": {"kind": "trigflow", "sigma_data": 0.5, "start": 1.5708, "middle": 1.3},
}


def tokenizer(path: Path, *, length: int = READ) -> None:
    """Words for numbers, between two marks, cut or filled up to `length`."""
    words = {"<pad>": 0, "<s>": 1, "</s>": 2, "?": 3, "a": 4, "fox": 5, "red": 6, "draw": 7, ":": 8}
    made = Tokenizer(WordLevel(words, unk_token="?"))
    made.pre_tokenizer = Whitespace()
    made.post_processor = TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 1), ("</s>", 2)])
    made.enable_truncation(length)
    made.enable_padding(length=length, pad_id=0, pad_token="<pad>")
    made.save(str(path))


def model(folder: Path, family: Family = "sd-turbo", *, text: Mapping[str, Any] | None = None) -> Card:
    """Write the folder of a model whose parts are 1000 bytes each."""
    folder.mkdir(exist_ok=True)
    names = part_names(family)
    tokenizers = ["tokenizer.json", "tokenizer_2.json"][: sum(name.startswith("text") for name in names)]
    for name, encoder in zip(tokenizers, ("text_encoder", "text_encoder_2"), strict=False):
        tokenizer(folder / name, length=ENDS[family][encoder][0]["ids"][1])
    for name in names:
        (folder / f"{name}.onnx").write_bytes(name[:1].encode() * 1000)
    card = Card.model_validate(
        {
            "family": family,
            "width": 64,
            "height": 64,
            "steps": 2,
            "dtype": "fp32",
            "licence": "Apache-2.0",
            "weights": {"hub": "nightjar/none", "revision": "1"},
            "schedule": SCHEDULES[family],
            "text": {
                "tokenizers": [file_entry(folder / name) for name in tokenizers],
                "prefix": "",
                "lower_case": False,
                "read": READ,
                "kept": 4 if family == "sana-sprint" else READ,
                **(text or {}),
            },
            "parts": {
                name: {
                    "files": [file_entry(folder / f"{name}.onnx")],
                    "working_bytes": 50,
                    "inputs": ENDS[family][name][0],
                    "outputs": ENDS[family][name][1],
                }
                for name in names
            },
        }
    )
    write_card(folder, card)
    return card


class Played:
    """Networks that answer with numbers made of what they are given; keeps count of what is in memory."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.open: set[str] = set()
        self.feeds: list[tuple[str, Arrays]] = []

    def __call__(self, part: Part) -> "PlayedNetwork":
        self.log.append(f"+{part.name}")
        self.open.add(part.name)
        return PlayedNetwork(self, part)


class PlayedNetwork:
    def __init__(self, played: Played, part: Part) -> None:
        self.played, self.part = played, part

    def run(self, feed: Arrays) -> dict[str, Any]:
        assert {name: array.shape for name, array in feed.items()} == dict(self.part.inputs)
        self.played.log.append(self.part.name)
        self.played.feeds.append((self.part.name, feed))
        total = sum(float(array.sum()) for array in feed.values())
        return {
            name: np.sin(total + np.arange(np.prod(shape), dtype=np.float32)).reshape(shape)
            for name, shape in self.part.outputs.items()
        }

    def close(self) -> None:
        self.played.log.append(f"-{self.part.name}")
        self.played.open.remove(self.part.name)


FAMILIES: tuple[Family, ...] = ("sd-turbo", "sdxl-turbo", "sana-sprint", "flux-schnell")


@pytest.mark.parametrize("family", FAMILIES)
def test_same_words_and_seed_give_the_same_picture_and_others_another(tmp_path: Path, family: Family) -> None:
    model(tmp_path / family, family)
    picture = TurboPicture(tmp_path / family, Played(), PLENTY)

    def drawn(prompt: str = "a red fox", *, seed: int = 1, steps: int | None = None) -> bytes:
        made = picture.draw(prompt, seed=seed, steps=steps)
        assert made is not None
        assert (made.size, made.mode) == ((64, 64), "RGB")
        return made.tobytes()

    assert drawn() == drawn() == drawn(steps=2)
    assert len({drawn(), drawn("a fox"), drawn(seed=2), drawn(steps=1), drawn(steps=3), drawn(steps=4)}) == 6
    for steps in (-1, 0, 5):
        with pytest.raises(ValueError, match="1 to 4 steps"):
            picture.draw("a fox", seed=1, steps=steps)


def test_with_little_memory_one_part_is_loaded_at_a_time(tmp_path: Path) -> None:
    model(tmp_path / "m", "sdxl-turbo")
    played = Played()
    TurboPicture(tmp_path / "m", played, 1050).draw("a fox", seed=1)
    assert played.log == [
        *("+text_encoder", "text_encoder", "-text_encoder"),
        *("+text_encoder_2", "text_encoder_2", "-text_encoder_2"),
        *("+denoiser", "denoiser", "denoiser", "-denoiser"),
        *("+decoder", "decoder", "-decoder"),
    ]


def test_with_much_memory_all_stays_until_it_is_freed(tmp_path: Path) -> None:
    model(tmp_path / "m")
    played = Played()
    picture = TurboPicture(tmp_path / "m", played, PLENTY)
    first = picture.draw("a fox", seed=1)
    picture.draw("a red fox", seed=1)
    assert sum(line.startswith("+") for line in played.log) == 3
    assert played.open == {"text_encoder", "denoiser", "decoder"}
    picture.free()
    assert played.open == set()
    again = picture.draw("a fox", seed=1)
    assert first is not None
    assert again is not None
    assert again.tobytes() == first.tobytes()


def test_words_that_were_encoded_lately_need_no_encoder(tmp_path: Path) -> None:
    model(tmp_path / "m")
    played = Played()
    picture = TurboPicture(tmp_path / "m", played, 1050)
    for seed in range(3):
        picture.draw("a fox", seed=seed)
    assert played.log.count("text_encoder") == 1
    for number in range(16):
        picture.draw("fox " * number, seed=1)
    picture.draw("a fox", seed=1)
    assert played.log.count("text_encoder") == 18


def test_called_off_it_loads_nothing_more_and_keeps_only_what_the_plan_keeps(tmp_path: Path) -> None:
    model(tmp_path / "m")
    for last in range(5):
        played, asked = Played(), 0

        def going(done: int, of: int, last: int = last) -> bool:
            nonlocal asked
            assert 0 <= done <= of == 3
            asked += 1
            return asked <= last

        picture = TurboPicture(tmp_path / "m", played, 1050)
        assert picture.draw("a fox", seed=1, steps=3, going=going) is None
        assert played.open == set()
        assert played.log.count("denoiser") == max(0, last - 2)
        assert "+decoder" not in played.log
        assert asked == last + 1
        assert picture.draw("a fox", seed=1) is not None


def test_two_threads_take_turns(tmp_path: Path) -> None:
    model(tmp_path / "m")
    played = Played()
    picture = TurboPicture(tmp_path / "m", played, 1050)
    threads = [threading.Thread(target=picture.draw, args=("a fox",), kwargs={"seed": seed}) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    opened = [line for line in played.log if line[0] in "+-"]
    assert all(ours[1:] == next_[1:] for ours, next_ in zip(opened[::2], opened[1::2], strict=True))


def test_a_prompt_becomes_the_tokens_that_the_card_asks_for(tmp_path: Path) -> None:
    card = model(tmp_path / "m", "sana-sprint", text={"prefix": "draw : ", "lower_case": True})
    words = Words(tmp_path / "m", card)
    (tokens,) = words.tokens(" A Fox ")
    assert tokens["ids"].tolist() == [[1, 7, 8, 4, 5, 2]]
    assert (tokens["mask"].tolist(), tokens["end"].tolist()) == ([[1] * 6], [5])
    assert (tokens["ids"].dtype, tokens["mask"].dtype, tokens["end"].dtype) == (np.int64, np.float32, np.int64)
    (empty,) = words.tokens("")
    assert (empty["ids"].tolist(), empty["mask"].tolist()) == ([[1, 7, 8, 2, 0, 0]], [[1, 1, 1, 1, 0, 0]])
    assert empty["end"].tolist() == [3]
    (long,) = words.tokens("fox " * 5000 + "ثعلب")
    assert long["ids"].tolist() == [[1, 7, 8, 5, 5, 2]]


def test_of_the_encoded_tokens_the_first_and_the_last_are_told(tmp_path: Path) -> None:
    model(tmp_path / "m", "sana-sprint")
    played = Played()
    TurboPicture(tmp_path / "m", played, PLENTY).draw("a", seed=1)
    encoder, denoiser = (dict(played.feeds)[name] for name in ("text_encoder", "denoiser"))
    hidden = PlayedNetwork(Played(), Part("text_encoder", tmp_path, *ENDS["sana-sprint"]["text_encoder"])).run(encoder)
    assert encoder["mask"].tolist() == [[1, 1, 1, 0, 0, 0]]
    assert denoiser["mask"].tolist() == [[1, 0, 0, 0]]
    assert denoiser["text"].tolist() == hidden["hidden"][:, [0, 3, 4, 5]].tolist()


def test_two_encoders_are_told_side_by_side(tmp_path: Path) -> None:
    model(tmp_path / "m", "sdxl-turbo")
    played = Played()
    TurboPicture(tmp_path / "m", played, PLENTY).draw("a fox", seed=1)
    feeds = dict(played.feeds)
    assert feeds["text_encoder_2"]["end"].tolist() == [3]
    results = {
        name: PlayedNetwork(Played(), Part(name, tmp_path, *ENDS["sdxl-turbo"][name])).run(feeds[name])
        for name in ("text_encoder", "text_encoder_2")
    }
    both = np.concatenate([one["hidden"] for one in results.values()], axis=2)
    assert feeds["denoiser"]["text"].tolist() == both.tolist()
    assert feeds["denoiser"]["pooled"].tolist() == results["text_encoder_2"]["pooled"].tolist()


def test_flux_is_told_the_tokens_of_one_encoder_and_the_whole_of_the_other(tmp_path: Path) -> None:
    model(tmp_path / "m", "flux-schnell")
    played = Played()
    TurboPicture(tmp_path / "m", played, PLENTY).draw("a red fox a red fox", seed=1)
    feeds = dict(played.feeds)
    assert feeds["text_encoder"]["ids"].tolist() == [[1, 4, 6, 5, 2]]
    assert feeds["text_encoder"]["end"].tolist() == [4]
    assert feeds["text_encoder_2"]["ids"].tolist() == [[1, 4, 6, 5, 4, 2]]
    second = PlayedNetwork(Played(), Part("text_encoder_2", tmp_path, *ENDS["flux-schnell"]["text_encoder_2"]))
    assert feeds["denoiser"]["text"].tolist() == second.run(feeds["text_encoder_2"])["hidden"].tolist()


@pytest.mark.parametrize("harm", ["cut", "changed", "gone"])
def test_a_file_that_is_not_the_cards_is_found_before_anything_is_loaded(
    tmp_path: Path, harm: Literal["cut", "changed", "gone"]
) -> None:
    for name in ("denoiser.onnx", "tokenizer.json"):
        model(tmp_path / "m")
        path = tmp_path / "m" / name
        content = path.read_bytes()
        path.write_bytes(content[:-1] if harm == "cut" else content[:-1] + b"!")
        if harm == "gone":
            path.unlink()
        played = Played()
        with pytest.raises(ModelCorrupt, match=rf"^The file {name} of the picture model m is (damaged|missing)"):
            TurboPicture(tmp_path / "m", played, PLENTY)
        assert not played.log


def test_a_card_that_is_wrong_says_where(tmp_path: Path) -> None:
    folder = tmp_path / "m"
    with pytest.raises(ModelCorrupt, match=r"^There is no picture model in .*/m: it has no picture.toml"):
        read_card(folder)
    model(folder)
    good = (folder / CARD).read_text()
    for old, new, sentence in (
        ("steps = 2", "steps = 40", r"its card is wrong at steps \("),
        ("steps = 2", "steps = ", "its card is damaged"),
        ('name = "denoiser.onnx"', 'name = "../../denoiser.onnx"', r"wrong at parts\.denoiser\.files\.0\.name"),
        ("width = 64", "width = 65", "wrong at width"),
        ("steps = 2", "steps = 2\nmore = 1", "wrong at more"),
        ('family = "sd-turbo"', 'family = "sdxl-turbo"', "is no sdxl-turbo: its parts are decoder, denoiser, text_enc"),
        ("{ hidden = [1, 6, 5] }", "{ hidden = [1, 6, 9] }", r"the text that its denoiser takes is \(1, 6, 5\)"),
        ("timestep = [1], ", "", "its denoiser takes latents, text and should have latents, timestep, text"),
        ("picture = [1, 3, 64, 64]", "picture = [1, 3, 64, 32]", "the picture that its decoder gives is"),
        ("steps = 2", "steps = 2\n# " + "x" * 70_000, "its card is too long"),
    ):
        assert old in good
        (folder / CARD).write_text(good.replace(old, new, 1))
        with pytest.raises(ModelCorrupt, match=rf"^The picture model m [^\n]*{sentence}[^\n]*\.$"):
            checked_card(folder)
    (folder / CARD).write_bytes(b"\xff\xfe")
    with pytest.raises(ModelCorrupt, match="its card is damaged"):
        read_card(folder)


def test_what_is_no_network_or_another_one_is_one_sentence(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx", reason="onnx comes with `make setup-dev`")
    model(tmp_path / "m")
    unfit = r"^The text_encoder of the picture model m can't be run: [^\n]*\.$"
    with pytest.raises(ModelCorrupt, match=unfit):  # what lies there is 1000 letters
        TurboPicture(tmp_path / "m", lambda part: OnnxNetwork(part.path), PLENTY).draw("a fox", seed=1)
    ends = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1, 4]) for name in ("x", "y")]
    graph = onnx.helper.make_graph([onnx.helper.make_node("Relu", ["x"], ["y"])], "other", ends[:1], ends[1:])
    made = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(made, tmp_path / "other.onnx")
    with pytest.raises(ModelCorrupt, match=unfit):
        TurboPicture(tmp_path / "m", lambda _: OnnxNetwork(tmp_path / "other.onnx"), PLENTY).draw("a fox", seed=1)


@pytest.mark.parametrize("name", part_names("sd-turbo"))
@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (lambda _: {}, "it doesn't give the"),
        (lambda results: {end: array[..., :-1] for end, array in results.items()}, "it doesn't give the"),
        (lambda results: {end: array * np.nan for end, array in results.items()}, "is no number; it may not bear"),
    ],
)
def test_a_part_that_answers_wrongly_is_freed_and_named(tmp_path: Path, name: str, answer: Any, sentence: str) -> None:
    model(tmp_path / "m")
    played = Played()

    def open_part(part: Part) -> PlayedNetwork:
        network = played(part)
        if part.name == name:
            right = network.run
            network.run = lambda feed: answer(right(feed))
        return network

    picture = TurboPicture(tmp_path / "m", open_part, PLENTY)
    with pytest.raises(ModelCorrupt, match=rf"^The {name} of the picture model m can't be run: [^\n]*{sentence}"):
        picture.draw("a fox", seed=1)
    assert name not in played.open


def test_memory_that_runs_out_is_not_taken_for_damage(tmp_path: Path) -> None:
    model(tmp_path / "m")

    def full(_: Part) -> PlayedNetwork:
        raise MemoryError

    opens: OpenPart = full
    with pytest.raises(MemoryError):
        TurboPicture(tmp_path / "m", opens, PLENTY).draw("a fox", seed=1)
    with pytest.raises(TooLittleMemory):
        TurboPicture(tmp_path / "m", opens, 1049)


def test_a_tokenizer_of_another_model_is_refused(tmp_path: Path) -> None:
    for spoil, sentence in (
        (lambda path: tokenizer(path, length=5), "has a tokenizer of another model"),
        (lambda path: path.write_text("{}"), "tokenizer.json of the picture model m is no tokenizer"),
    ):
        card = model(tmp_path / "m")
        spoil(tmp_path / "m" / "tokenizer.json")
        file = file_entry(tmp_path / "m" / "tokenizer.json")
        text = card.text.model_copy(update={"tokenizers": (file,)})
        write_card(tmp_path / "m", card.model_copy(update={"text": text}))
        with pytest.raises(ModelCorrupt, match=sentence):
            TurboPicture(tmp_path / "m", Played(), PLENTY)
