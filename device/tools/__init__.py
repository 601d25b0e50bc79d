"""Tools of MCP servers: https://modelcontextprotocol.io. The owner names the servers, and allows each tool."""

from device.tools._answer import spoken
from device.tools._server import Server
from device.tools._tool import Tool, ToolError
from device.tools._tools import Tools

__all__ = ["Server", "Tool", "ToolError", "Tools", "spoken"]
