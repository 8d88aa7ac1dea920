"""What the votes prove so far, as lines; names stay hidden until they are asked for. Pure functions."""

from __future__ import annotations

from pixels_mcp.comparisons.comparison_tables import verdicts
from pixels_mcp.comparisons.rounds import Comparison
from pixels_mcp.comparisons.verdict import ArmVerdict, Verdict
from pixels_mcp.tui.lines.printed import bar, one_line

_SCALE_CELLS = 30


def verdict_lines(comparison: Comparison, *, names_shown: bool) -> list[str]:
    """Votes, and with names the rates, their intervals, and whether that is a difference."""
    lines: list[str] = []
    for verdict in verdicts(comparison):
        lines += _verdict(comparison, verdict, names_shown=names_shown)
    return lines


def _verdict(comparison: Comparison, verdict: Verdict, *, names_shown: bool) -> list[str]:
    void = f", {verdict.void_rounds} rounds void" if verdict.void_rounds else ""
    head = f"votes of the {verdict.voter}: {verdict.votes}, {verdict.open} open{void}"
    if not names_shown:
        return [head, "names and rates stay hidden until r, so that they do not lead the next vote"]
    lines = [head, f"{verdict.in_words()}; the leftmost won {verdict.left_won}"]
    for arm in verdict.arms:
        says = one_line(comparison.arms[arm.arm].in_words(), 36)
        lines.append(
            f"  {one_line(arm.name, 24):<24} {arm.wins:>3} won {arm.ties:>2} tied of {arm.trials:<3} {arm.rate:>4.0%}  "
            f"{interval(arm)} {arm.low:.0%} to {arm.high:.0%}  {says}"
        )
    return lines


def interval(arm: ArmVerdict) -> str:
    """`|----[===o===]------|`: the 95 % interval, and the rate in it."""
    if arm.trials == 0:
        return bar(0.0, _SCALE_CELLS).replace("[", "|").replace("]", "|")
    low, high = (round(share * (_SCALE_CELLS - 1)) for share in (arm.low, arm.high))
    cells = ["-"] * _SCALE_CELLS
    cells[low : high + 1] = ["="] * (high + 1 - low)
    cells[low], cells[high] = "[", "]"
    cells[round(arm.rate * (_SCALE_CELLS - 1))] = "o"
    return f"|{''.join(cells)}|"
