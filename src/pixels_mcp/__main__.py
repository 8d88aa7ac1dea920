"""`python -m pixels_mcp` is the command `pixels-mcp`; the worker is started this way."""

from pixels_mcp.cli import main

if __name__ == "__main__":
    main()
