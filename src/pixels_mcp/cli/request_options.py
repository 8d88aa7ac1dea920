"""Options of a command out of a request model, so that a word is declared once: there, with its meaning and limits.

The model says name, type and help; what only a command line has (short flags, completion, files) the command adds.
"""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeAlias, TypeVar, Union, get_args, get_origin

import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from pixels_mcp.cli.output import describe

GivenWords: TypeAlias = dict[str, Any]
"""The words of a request that a person gave, by their names in the model; checked only when the request is made."""

Command = TypeVar("Command", bound=Callable[..., None])


@dataclass(frozen=True)
class OptionStyle:
    """How a word looks on the command line, where that differs from what the model alone gives.

    Attributes:
        flags: Such as `--count`, `-n`; by default the word's own name.
        metavar: What stands for its value in the help.
        more: Goes behind the model's description.
        help: Instead of the model's description.
        completes: Lists values for the shell.
        many: May be given several times, as text.
    """

    flags: tuple[str, ...] = ()
    metavar: str | None = None
    more: str = ""
    help: str | None = None
    completes: Callable[[str], list[str]] | None = None
    many: bool = False


_PLAIN = OptionStyle()


def with_words(
    kind: type[BaseModel], names: Sequence[str], styles: Mapping[str, OptionStyle] | None = None
) -> Callable[[Command], Command]:
    """Give a command an option for each word of a request; it gets those that were given as its argument `words`.

    The options stand where `words` stands among the command's parameters.

    Args:
        kind: The request's model.
        names: The words.
        styles: How some of them look.
    """

    def decorate(command: Command) -> Command:
        signature = inspect.signature(command, eval_str=True)
        parameters: list[inspect.Parameter] = []
        for parameter in signature.parameters.values():
            own = parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
            options = [_option(kind, name, (styles or {}).get(name, _PLAIN)) for name in names]
            parameters += options if parameter.name == "words" else [own]

        @functools.wraps(command)
        def run(**told: Any) -> None:
            words = {name: told.pop(name) for name in names}
            command(**told, words={name: value for name, value in words.items() if value not in (None, [])})

        shown: Any = run
        shown.__signature__ = signature.replace(parameters=parameters)
        shown.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return shown

    return decorate


def _option(kind: type[BaseModel], name: str, style: OptionStyle) -> inspect.Parameter:
    field = kind.model_fields[name]
    value, choices = _value_type(field)
    flags = style.flags or (_flag(name, field) if value is bool else ())
    told = style.help or describe(kind, name) + style.more
    if not all(choice in told for choice in choices):
        told += f": {', '.join(choices[:-1])} or {choices[-1]}"
    option = typer.Option(
        *flags,
        help=told,
        metavar=style.metavar or (None if value is bool else _metavar(name, value)),
        autocompletion=style.completes,
    )
    annotation = Annotated[(list[str] if style.many else value) | None, option]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def _value_type(field: FieldInfo) -> tuple[Any, tuple[str, ...]]:
    """The plain type of a word's value, and what it may be where that is one of a few texts."""
    plain = _plain(field.annotation)
    if get_origin(plain) is Literal:
        values: tuple[Any, ...] = get_args(plain)
        first: object = values[0]
        return type(first), tuple(map(str, values))
    if get_origin(plain) is tuple:
        return tuple[tuple(_plain(one) for one in get_args(plain) if one is not Ellipsis)], ()
    return plain, ()


def _plain(annotation: Any) -> Any:
    if get_origin(annotation) is Annotated:
        return _plain(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        kinds = [one for one in get_args(annotation) if one is not type(None)]
        return _plain(kinds[0]) if len(kinds) == 1 else str  # a number or a word is read by the model
    return annotation


def _flag(name: str, field: FieldInfo) -> tuple[str, ...]:
    dashed = name.replace("_", "-")
    return (f"--{dashed}",) if field.default is False else (f"--{dashed}/--no-{dashed}",)


def _metavar(name: str, value: Any) -> str:
    if name.endswith("_px"):
        return "PX"
    return {int: "N", float: "X", tuple[float, float]: "X Y", tuple[int, int]: "W H"}.get(value, "TEXT")
