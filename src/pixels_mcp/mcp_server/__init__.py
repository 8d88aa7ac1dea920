"""The MCP server: thin, no torch, nothing drawn here. `server.build_server` puts it together."""
