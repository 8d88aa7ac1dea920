"""Operations on finished sprites: a file each, typed words in, library entries in, a library entry out.

MCP tool and command are doors to the same function. What must be drawn first is named by a request of its own.
"""
