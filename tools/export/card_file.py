"""Writes a picture model's card as TOML."""

import json
from pathlib import Path

from edge_models.diffusion.card import CARD, Card, read_card


def write_card(folder: Path, card: Card) -> None:
    """Write `picture.toml`, and read it back: a device must not refuse it. Raises ModelCorrupt."""
    entries: dict[str, object] = card.model_dump(mode="json")
    parts = entries.pop("parts")
    assert isinstance(parts, dict)
    tables = {key: value for key, value in entries.items() if isinstance(value, dict)}
    tables.update({f"parts.{name}": part for name, part in parts.items()})
    lines = [f"{key} = {_toml(value)}" for key, value in entries.items() if key not in tables]
    for name, table in tables.items():
        lines += ["", f"[{name}]", *(f"{key} = {_toml(value)}" for key, value in table.items())]
    (folder / CARD).write_text("\n".join(lines) + "\n", encoding="utf-8")
    read_card(folder)


def _toml(value: object) -> str:
    """Numbers, words and truths are written as in JSON; TOML's tables aren't."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
