"""JSON and TOML out of files that anybody may have written: whatever is wrong with them is one kind of error."""

from __future__ import annotations

import json
import tomllib
from typing import Any

from pixels_mcp.told_apart import JsonObject

_TOO_DEEP = "its lists and objects stand in each other without end"
_TOO_LONG = "a number in it has thousands of digits"


def parse_json(text: str | bytes) -> Any:
    """Read JSON.

    Raises:
        ValueError: It is none, is nested too deeply, or holds a number of thousands of digits.
    """
    try:
        return json.loads(text)
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise
    except ValueError as error:
        raise ValueError(_TOO_LONG) from error
    except RecursionError as error:
        raise ValueError(_TOO_DEEP) from error


def parse_toml(text: str) -> JsonObject:
    """Read TOML.

    Raises:
        ValueError: It is none, is nested too deeply, or holds a number of thousands of digits.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise
    except ValueError as error:
        raise ValueError(_TOO_LONG) from error
    except RecursionError as error:
        raise ValueError(_TOO_DEEP) from error
