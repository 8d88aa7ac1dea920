"""`pixels-mcp comparison`: list comparisons, vote blind, take a vote back, and tell what the votes prove."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypedDict

import typer

from pixels_mcp.cli.command_phrases import COMMAND_PHRASES
from pixels_mcp.cli.draw.draw_options import Json
from pixels_mcp.cli.output import choice, completing, note, note_next, print_json, print_result
from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.next_steps import NextStep, in_words

if TYPE_CHECKING:
    from pixels_mcp.comparisons.ballots import Ballot
    from pixels_mcp.comparisons.rounds import Comparison, Voter

app = typer.Typer(no_args_is_help=True, help="Vote on what `pixels-mcp compare` drew, and see what the votes prove.")


def _ids() -> list[str]:
    from pixels_mcp.cli.compare.drawn_comparison import comparison_store

    return [one.comparison_id for one in comparison_store().latest()]


_Id = Annotated[str, typer.Argument(help="A comparison's id.", metavar="ID", autocompletion=completing(_ids))]
_As = Annotated[
    str, typer.Option("--as", help="Who votes: person, or assistant (counted apart, in pairs).", metavar="WHO")
]


@app.command("list")
def show_list(as_json: Json = False) -> None:
    """List the comparisons, the newest first."""
    from pixels_mcp.cli.compare.drawn_comparison import comparison_store
    from pixels_mcp.comparisons.comparison_tables import as_document
    from pixels_mcp.comparisons.verdict import judge

    comparisons = comparison_store().latest()
    if as_json:
        print_json([as_document(one) for one in comparisons])
        return
    for one in comparisons:
        verdict = judge(one, "person")
        arms = " | ".join(arm.name for arm in one.arms)
        print_result(f"{one.comparison_id}  {verdict.votes:>3} of {len(one.rounds)} voted  {arms}")
        note(f"  {verdict.in_words()}")
    if not comparisons:
        note("no comparisons yet; `pixels-mcp compare 'mini steps=8' 'mini steps=20' --prompts FILE` draws one")


@app.command()
def vote(
    comparison_id: _Id,
    say: Annotated[
        str | None,
        typer.Argument(help="a to d from left to right, or tie; asked for where it is left out.", metavar="CHOICE"),
    ] = None,
    ballot: Annotated[
        int | None, typer.Option(help="The ballot that the choice is for; the next open one.", min=1)
    ] = None,
    who: _As = "person",
    as_json: Json = False,
) -> None:
    """Show the next round blind and take a vote; it is kept before any name is shown.

    In a terminal without CHOICE it goes on until you end it: a, b, c or d, = for a tie, s to skip, u to take the last
    vote back, q to end.
    """
    from pixels_mcp.cli.compare.drawn_comparison import drawn
    from pixels_mcp.comparisons.ballots import next_ballot

    voter = _voter(who)
    comparison = drawn(comparison_id)
    if say is not None:
        comparison = _cast(comparison, voter, ballot, say, 0.0)
    elif ballot is not None:
        raise InvalidArgumentError("--ballot needs a choice", hint="give a to d, or tie")
    elif sys.stdin.isatty() and not as_json:
        _ask(comparison, voter)
        return
    following = next_ballot(comparison, voter)
    if as_json:
        print_json({"ballot": None if following is None else _as_document(following), "votes": len(comparison.votes)})
    elif following is None:
        note_next(in_words("all have a vote", [NextStep("show_verdict", comparison_id)], COMMAND_PHRASES))
    else:
        _show(following)


@app.command()
def undo(comparison_id: _Id, who: _As = "person", as_json: Json = False) -> None:
    """Take the last vote back."""
    from pixels_mcp.cli.compare.drawn_comparison import comparison_store
    from pixels_mcp.comparisons.ballots import without_last_vote

    voter = _voter(who)
    comparison = comparison_store().change(comparison_id, lambda one: without_last_vote(one, voter))
    if as_json:
        print_json({"votes": sum(one.voter == voter for one in comparison.votes)})
    else:
        note(f"taken back; {sum(one.voter == voter for one in comparison.votes)} votes are left")


@app.command()
def result(
    comparison_id: _Id,
    html: Annotated[Path | None, typer.Option(help="Write a report with all pictures.", metavar="FILE")] = None,
    csv: Annotated[Path | None, typer.Option(help="Write a row for each picture voted on.", metavar="FILE")] = None,
    arms_csv: Annotated[Path | None, typer.Option(help="Write a row for each arm.", metavar="FILE")] = None,
    as_json: Json = False,
) -> None:
    """Tell what the votes prove: win rates, their 95 % intervals, and whether that is a difference yet."""
    from pixels_mcp.cli.compare.drawn_comparison import comparison_store
    from pixels_mcp.comparisons import comparison_tables as tables
    from pixels_mcp.comparisons.comparison_report import html_report

    comparison = comparison_store().get(comparison_id)
    writers = ((html, html_report), (csv, tables.votes_csv), (arms_csv, tables.arms_csv))
    for file, write in writers:
        if file is not None:
            _write(file, write(comparison))
            note(f"written: {file}")
    if as_json:
        print_json(tables.as_document(comparison))
        return
    for verdict in tables.verdicts(comparison):
        note(f"{verdict.voter}: {verdict.in_words()}")
        for one in verdict.arms:
            interval = f"{one.low:.0%} to {one.high:.0%}" if one.trials else ""
            print_result(
                f"{one.name:<32}  {one.wins:>3} won, {one.ties} tied of {one.trials:<4} {one.rate:>4.0%}  {interval}"
            )
        note(f"{verdict.open} ballots open, {verdict.void_rounds} rounds void, the leftmost won {verdict.left_won}")


def _voter(who: str) -> Voter:
    return choice("--as", who, ("person", "assistant"))


def _cast(comparison: Comparison, voter: Voter, number: int | None, say: str, seconds: float) -> Comparison:
    from pixels_mcp.cli.compare.drawn_comparison import comparison_store
    from pixels_mcp.comparisons.ballots import next_ballot, with_vote

    if number is None:
        following = next_ballot(comparison, voter)
        if following is None:
            raise InvalidArgumentError(
                f"all ballots of {comparison.comparison_id} have a vote",
                steps=[NextStep("show_verdict", comparison.comparison_id)],
            )
        number = following.number
    return comparison_store().change(
        comparison.comparison_id,
        lambda one: with_vote(one, voter, number, say, seconds=seconds, voted_s=time.time()),
    )


def _ask(comparison: Comparison, voter: Voter) -> None:
    """Vote after vote, until the person ends it or no ballot is open."""
    from pixels_mcp.cli.compare.drawn_comparison import comparison_store
    from pixels_mcp.comparisons.ballots import next_ballot, without_last_vote

    skipped = 0
    while (ballot := next_ballot(comparison, voter, after=skipped)) is not None:
        _show(ballot)
        begun_s = time.monotonic()
        said: str = typer.prompt(f"{', '.join(ballot.choices[:-1])}, = tie, s skip, u undo, q end", err=True)
        said = said.strip().lower()
        try:
            if said == "q":
                break
            if said == "s":
                skipped = ballot.number
            elif said == "u":
                comparison = comparison_store().change(
                    comparison.comparison_id, lambda one: without_last_vote(one, voter)
                )
            else:
                seconds = time.monotonic() - begun_s
                comparison = _cast(comparison, voter, ballot.number, "tie" if said == "=" else said, seconds)
                winner = comparison.votes[-1].winner
                note("a tie" if winner is None else f"that was {comparison.arms[winner].name}")
        except InvalidArgumentError as error:
            note(str(error))
    note_next(in_words("", [NextStep("show_verdict", comparison.comparison_id)], COMMAND_PHRASES))


def _show(ballot: Ballot) -> None:
    from pixels_mcp.cli.terminal_pictures import can_draw, draw_files

    note(f"ballot {ballot.number} of {ballot.ballots}: {ballot.prompt!r}, seed {ballot.seed}")
    for letter, sprite in zip(ballot.choices, ballot.sprites, strict=False):
        print_result(f"{letter}  {sprite.path}")
        if can_draw():
            draw_files([Path(sprite.path)])


class BallotTold(TypedDict):
    """A ballot as a program is shown it: pictures by letter, and no arm."""

    number: int
    of: int
    prompt: str
    seed: int
    pictures: dict[str, str]
    choices: list[str]


def _as_document(ballot: Ballot) -> BallotTold:
    """What a program is shown of a ballot: pictures, and no arm."""
    pictures = {letter: sprite.path for letter, sprite in zip(ballot.choices, ballot.sprites, strict=False)}
    return {
        "number": ballot.number,
        "of": ballot.ballots,
        "prompt": ballot.prompt,
        "seed": ballot.seed,
        "pictures": pictures,
        "choices": list(ballot.choices),
    }


def _write(file: Path, text: str) -> None:
    try:
        with file.open("w", encoding="utf-8", newline="") as stream:
            stream.write(text)
    except OSError as error:
        raise InvalidArgumentError(
            f"cannot write {file}: {error.strerror}", hint="name a file in another folder"
        ) from error
