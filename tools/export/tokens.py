"""Tokenizers as one file each that says all: how words are cut, and to how many tokens a prompt is cut or filled up."""

# pyright: reportMissingImports=false

from pathlib import Path
from typing import Any

from tokenizers import Tokenizer
from transformers import AutoTokenizer

from edge_models.diffusion.card import File, file_entry
from tools.export import ExportError
from tools.export.folder import WeightsFolder


def read_tokenizer(folder: WeightsFolder, part: str) -> Any:
    """Read a part of a folder with the class that it names. Raises ExportError."""
    try:
        return AutoTokenizer.from_pretrained(folder.path / part, local_files_only=True)
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        raise ExportError(f"The {part} in {folder.path} can't be read: {str(error).splitlines()[0]}") from None


def write_tokenizer(tokenizer: Any, path: Path, *, length: int) -> File:
    """Write a tokenizer that makes `length` tokens of any prompt."""
    words = Tokenizer.from_str(tokenizer.backend_tokenizer.to_str())
    words.enable_truncation(length)
    words.enable_padding(direction="right", length=length, pad_id=tokenizer.pad_token_id, pad_token=tokenizer.pad_token)
    words.save(str(path))
    return file_entry(path)
