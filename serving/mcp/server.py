"""The MCP server over a lake, for both transports."""

from typing import TYPE_CHECKING, Any

from serving.mcp.material import INSTRUCTIONS, add_material
from serving.mcp.tools import Tools, add_tools
from serving.metrics.layer import MetricLayer
from serving.queries.guarded import GuardedSql
from serving.queries.publications import Publications

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer

    from serving.api.services import Services


def create_mcp(
    publications: Publications, layer: MetricLayer | None = None, services: "Services | None" = None
) -> "MCPServer[Any]":
    """A server whose tools read a lake's newest published state, and confirm actions where services are given."""
    from mcp.server.mcpserver import MCPServer

    server: MCPServer[Any] = MCPServer("lacquer", instructions=INSTRUCTIONS, log_level="WARNING")
    tools = Tools(publications, layer or MetricLayer(), GuardedSql(publications), services)
    add_tools(server, tools)
    add_material(server, tools)
    return server
