"""A tool of a server, as the server describes it. What it says is material, never an instruction."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from device.phrases import Phrases

MAX_DESCRIPTION = 4_000
_WORDS = {"string": str, "integer": int, "number": float}
_TRUE, _FALSE = {"yes", "true", "on", "1"}, {"no", "false", "off", "0"}


class ToolError(Exception):
    """A tool can't be used, or couldn't do it; `said` is one plain sentence, and the text the same in English."""

    def __init__(self, said: Callable[[Phrases], str]) -> None:
        self.said = said

    def __str__(self) -> str:
        return self.said(Phrases())


@dataclass(frozen=True, slots=True)
class Tool:
    """One thing that a server can do."""

    server: str
    """The server's name in the settings."""
    name: str
    """The server's own name for it: `HassTurnOn`."""
    title: str
    """What people call it."""
    description: str
    schema: Mapping[str, Any]
    """The JSON schema of its arguments."""
    reads: bool
    """It says that it changes nothing (`annotations.readOnlyHint`)."""

    @property
    def intent(self) -> str:
        """What asks for it."""
        return f"tool.{self.server}.{self.name}"

    @property
    def fingerprint(self) -> str:
        """What was allowed, as a SHA-256: a tool that describes itself differently is another one."""
        described = [self.name, self.title, self.description, self.schema, self.reads]
        return hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()

    @property
    def required(self) -> frozenset[str]:
        """The arguments that it can't do without."""
        names = self.schema.get("required", ())
        return frozenset(name for name in names if isinstance(name, str)) if isinstance(names, list) else frozenset()

    def arguments(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments of the kinds that the schema asks for. Raises ToolError where one is missing or none such."""
        if missing := sorted(self.required - given.keys()):
            names = [_in_words(name) for name in missing]
            raise ToolError(lambda phrases: phrases("tools-needs", names=names))
        properties = self.schema.get("properties")
        known = properties if isinstance(properties, Mapping) else {}
        return {name: _as_asked(name, value, known.get(name)) for name, value in given.items()}


def _as_asked(name: str, value: Any, schema: Any) -> Any:
    """A word as the number or the truth value that the schema asks for; what is no word stays as it is."""
    kind = schema.get("type") if isinstance(schema, Mapping) else None
    if not isinstance(value, str) or kind == "string":
        return str(value) if kind == "string" else value
    try:
        if kind == "boolean":
            word = value.strip().lower()
            return {**dict.fromkeys(_TRUE, True), **dict.fromkeys(_FALSE, False)}[word]
        return _WORDS[kind](value) if kind in _WORDS else value
    except (KeyError, ValueError):
        given, of = value[:40], _in_words(name)
        raise ToolError(lambda phrases: phrases("tools-no-such-value", value=given, name=of)) from None


def _in_words(name: str) -> str:
    return name.replace("_", " ").replace("-", " ").strip()[:60]
