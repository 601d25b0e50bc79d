"""Diffusers' folder of one model: its settings, and its networks, loaded one at a time in single precision."""

# pyright: reportMissingImports=false

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError

from tools.export import ExportError

_INDEX = "model_index.json"
_BY_PART = {
    "text_encoder_2": "StableDiffusionXLPipeline",
    "transformer": "SanaSprintPipeline",
    "unet": "StableDiffusionPipeline",
}
"""What a folder with a part is for, whatever else it has; the first that is there counts."""


@dataclass(frozen=True, slots=True)
class WeightsFolder:
    """A folder with one folder a part, and with `model_index.json` as a rule."""

    path: Path

    @property
    def pipeline(self) -> str:
        """The name of the pipeline that it is for. Raises ExportError where it is no such folder.

        By its parts where nothing says so: our catalogue's SD-Turbo comes without an index.
        """
        if not (self.path / _INDEX).exists():
            found = (pipeline for part, pipeline in _BY_PART.items() if (self.path / part).is_dir())
            if (pipeline := next(found, None)) is not None:
                return pipeline
        return str(self.settings(".", _INDEX).get("_class_name"))

    def settings(self, part: str, name: str = "config.json") -> Mapping[str, Any]:
        """The settings of a part. Raises ExportError."""
        path = self.path / part / name
        try:
            settings = json.loads(path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, json.JSONDecodeError):
            settings = None
        if not isinstance(settings, dict):
            raise ExportError(f"{self.path} is no folder of diffusers: {path.relative_to(self.path)} can't be read.")
        return settings

    def network(self, part: str, kind: Any) -> Any:
        """Load a network of the class `kind`. Raises ExportError where the folder has none.

        Weights in half precision are taken where there are no others. Pickles are not opened.
        """
        folder = self.path / part
        files = list(folder.glob("*.safetensors"))
        half = bool(files) and all(".fp16" in file.name for file in files)
        precision = "dtype" if kind.__module__.startswith("transformers.") else "torch_dtype"
        settings = {
            precision: torch.float32,
            "low_cpu_mem_usage": False,
            "variant": "fp16" if half else None,
            "use_safetensors": True,
        }
        try:
            network, found = kind.from_pretrained(folder, local_files_only=True, output_loading_info=True, **settings)
        except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as error:
            reason = " ".join(str(error).split())[:300].rstrip(".")
            raise ExportError(f"The {part} in {self.path} can't be loaded: {reason}.") from None
        if found["missing_keys"] or found["mismatched_keys"]:  # which would be left to chance
            missing = min(map(str, (*found["missing_keys"], *found["mismatched_keys"])))
            raise ExportError(f"The {part} in {self.path} has no {missing}, or one of another shape.")
        return network
