"""A house for the tests: a server with Home Assistant's names for its tools; writes down what it is asked to do."""

import json
import sys
from pathlib import Path
from typing import Any

from mcp.server.mcpserver import MCPServer
from mcp.types import ToolAnnotations

NOTES = Path(sys.argv[1])
STATES = """Live Context: An overview of the areas and the devices in this smart home:
- names: Ceiling Light
  domain: light
  state: 'on'
  areas: Kitchen
  attributes:
    brightness: '128'
- names: Front Door
  domain: lock
  state: locked
  areas: Hall
- names: Radiator
  domain: climate
  state: heat
  areas: Bedroom
  attributes:
    current_temperature: 19.5
"""
server = MCPServer("home-assistant")


def note(tool: str, **given: Any) -> str:
    with NOTES.open("a") as notes:
        notes.write(json.dumps([tool, {name: value for name, value in given.items() if value is not None}]) + "\n")
    return json.dumps({"speech": {}, "response_type": "action_done", "data": {"success": [], "failed": []}})


@server.tool()
def HassTurnOn(name: str | None = None, area: str | None = None, domain: list[str] | None = None) -> str:  # noqa: N802
    """Turns on/opens/presses a device or entity. For locks, this performs a 'lock' action."""
    return note("HassTurnOn", name=name, area=area, domain=domain)


@server.tool()
def HassTurnOff(name: str | None = None, area: str | None = None, domain: list[str] | None = None) -> str:  # noqa: N802
    """Turns off/closes a device or entity. For locks, this performs an 'unlock' action."""
    if name == "toaster":
        raise RuntimeError("no such entity")
    return note("HassTurnOff", name=name, area=area, domain=domain)


@server.tool(annotations=ToolAnnotations(read_only_hint=True))
def GetLiveContext() -> str:  # noqa: N802
    """Provides real-time information about the CURRENT state, value, or mode of devices, sensors or areas."""
    return json.dumps({"success": True, "result": STATES})


@server.tool()
def HassMediaSearchAndPlay(search_query: str, area: str | None = None) -> str:  # noqa: N802
    """Searches for media and plays the first result."""
    return note("HassMediaSearchAndPlay", search_query=search_query, area=area)


@server.tool()
def HassMediaPause(area: str | None = None) -> str:  # noqa: N802
    """Pauses a media player."""
    return note("HassMediaPause", area=area)


@server.tool()
def HassMediaUnpause(area: str | None = None) -> str:  # noqa: N802
    """Resumes a media player."""
    return note("HassMediaUnpause", area=area)


@server.tool()
def HassSetVolumeRelative(volume_step: str, area: str | None = None) -> str:  # noqa: N802
    """Increases or decreases the volume of a media player."""
    return note("HassSetVolumeRelative", volume_step=volume_step, area=area)


server.run("stdio")
