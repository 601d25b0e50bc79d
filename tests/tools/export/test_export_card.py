"""What `tools.export` writes beside the networks, where torch needn't be: cards, origins, memory."""

# pyright: reportMissingImports=false

from pathlib import Path

import pytest

from edge_models.diffusion.card import Card, read_card
from edge_models.models import ModelCorrupt
from tools.export import ExportError
from tools.export.__main__ import origin
from tools.export.card_file import write_card

onnx = pytest.importorskip("onnx", reason="onnx comes with `make setup-dev`")
DIGEST = "0" * 64


def card(*, prefix: str = "", text: int = 5) -> Card:
    def part(inputs: dict[str, list[int]], outputs: dict[str, list[int]]) -> dict[str, object]:
        files = [{"name": "part.onnx", "sha256": DIGEST, "size_bytes": 7}]
        return {"files": files, "working_bytes": 0, "inputs": inputs, "outputs": outputs}

    noisy = {"latents": [1, 4, 8, 8]}
    return Card.model_validate(
        {
            "family": "sd-turbo",
            "width": 64,
            "height": 64,
            "steps": 1,
            "dtype": "fp32",
            "licence": "MIT",
            "weights": {"hub": "nightjar/none", "revision": "1"},
            "schedule": {"kind": "euler", "beta_start": 0.00085, "beta_end": 0.012, "train_steps": 1000},
            "text": {
                "tokenizers": [{"name": "tokenizer.json", "sha256": DIGEST, "size_bytes": 7}],
                "prefix": prefix,
                "lower_case": True,
                "read": 6,
                "kept": 6,
            },
            "parts": {
                "text_encoder": part({"ids": [1, 6]}, {"hidden": [1, 6, 5]}),
                "denoiser": part({**noisy, "timestep": [1], "text": [1, 6, text]}, {"prediction": [1, 4, 8, 8]}),
                "decoder": part(noisy, {"picture": [1, 3, 64, 64]}),
            },
        }
    )


@pytest.mark.parametrize("prefix", ["", 'Say "a\\b":\n- one\ttwo\n', "ارسم ثعلبا 🦊\x7f", "'''", '"""'])
def test_a_card_that_was_written_is_read_as_it_was(tmp_path: Path, prefix: str) -> None:
    write_card(tmp_path, card(prefix=prefix))
    assert read_card(tmp_path) == card(prefix=prefix)


def test_a_card_that_no_device_would_take_is_not_left_unnoticed(tmp_path: Path) -> None:
    with pytest.raises(ModelCorrupt, match="the text that its denoiser takes"):
        write_card(tmp_path, card(text=9))


def test_where_weights_are_from_is_said_or_known() -> None:
    weights, licence = origin("mine", "me/mine", "abc", "MIT")
    assert (weights.hub, weights.revision, licence) == ("me/mine", "abc", "MIT")
    with pytest.raises(ExportError, match=r"^The catalogue has no mine: say --hub, --revision and --licence\.$"):
        origin("mine", "me/mine", None, "MIT")
    known, licence = origin("whisper-base", None, None, None)
    assert known.hub
    assert known.revision
    assert licence


def test_the_memory_that_a_network_works_in_is_what_is_alive_at_once() -> None:
    """x ── grown ──┬── other ──┬── y: while `other` is made of `grown`, `x` is needed no more."""
    from tools.export.working import working_bytes

    helper, number = onnx.helper, onnx.TensorProto.FLOAT

    def value(name: str, *shape: int) -> object:
        return helper.make_tensor_value_info(name, number, shape)

    nodes = [
        helper.make_node("Concat", ["x", "x"], ["grown"], axis=1),
        helper.make_node("Relu", ["grown"], ["other"]),
        helper.make_node("ReduceSum", ["other", "along"], ["y"]),
    ]
    along = helper.make_tensor("along", onnx.TensorProto.INT64, [1], [1])
    graph = helper.make_graph(nodes, "g", [value("x", 1, 100)], [value("y", 1, 1)], [along])
    graph.value_info.extend([value("grown", 1, 200), value("other", 1, 200)])
    assert working_bytes(helper.make_model(graph)) == 4 * (200 + 200)
    graph.node[1].input[0] = "x"
    assert working_bytes(helper.make_model(graph)) == 4 * (100 + 200)
