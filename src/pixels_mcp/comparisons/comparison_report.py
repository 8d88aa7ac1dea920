"""A comparison as one HTML file that shows everything: verdicts, and every round with its pictures, without a net."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from html import escape
from pathlib import Path

from pixels_mcp.comparisons.comparison_tables import verdicts
from pixels_mcp.comparisons.rounds import ArmSprite, Comparison, Round
from pixels_mcp.comparisons.verdict import ArmVerdict, Verdict

_SHOWN_PX = 128
"""How large a picture is shown; whole pixels where its size allows."""

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --won: #2a9d5c; --bar: #4a7bd4; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; } td, th { padding: .3rem .6rem; text-align: left; }
tr + tr td { border-top: 1px solid var(--line); } .number { text-align: right; font-variant-numeric: tabular-nums; }
.scale { position: relative; height: 1rem; min-width: 12rem; background: #8882; }
.scale i { position: absolute; top: .4rem; height: .2rem; background: var(--bar); }
.scale b { position: absolute; top: .15rem; width: .7rem; height: .7rem; margin-left: -.35rem; border-radius: 50%;
  background: var(--bar); } .scale u { position: absolute; top: 0; height: 1rem; border-left: 1px dashed currentColor; }
.round { display: flex; flex-wrap: wrap; gap: 1rem; margin: .5rem 0 1.5rem; }
figure { margin: 0; padding: .5rem; border: 2px solid transparent; } figure.won { border-color: var(--won); }
figcaption { max-width: 10rem; font-size: .85rem; } img { image-rendering: pixelated; display: block;
  background: repeating-conic-gradient(#8883 0 25%, #8881 0 50%) 0 0 / 16px 16px; }
.quiet { opacity: .7; }
"""


def html_report(comparison: Comparison) -> str:
    """Write the report; pictures that are gone from the library are said to be."""
    title = f"{comparison.comparison_id}: {' or '.join(arm.name for arm in comparison.arms)}"
    body = [
        f"<h1>{escape(title)}</h1>",
        f"<p>{len(comparison.rounds)} rounds: the same prompt, seed and reference for all arms, shown blind, order and "
        f"places from the shuffle seed {comparison.shuffle_seed}.</p>",
        *(line for verdict in verdicts(comparison) for line in _verdict(comparison, verdict)),
        "<h2>Rounds</h2>",
        *(line for one in comparison.rounds for line in _round(comparison, one)),
    ]
    return (
        f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style>\n<body>\n" + "\n".join(body) + "\n</body></html>\n"
    )


def _verdict(comparison: Comparison, verdict: Verdict) -> Iterator[str]:
    yield f"<h2>{'A person' if verdict.voter == 'person' else 'An assistant'} voted</h2>"
    yield f"<p><strong>{escape(verdict.in_words())}.</strong></p>"
    yield "<table><tr><th>Arm<th>Draws with<th>Wins<th>Ties<th>Of<th>Rate<th>95 % interval</tr>"
    for one in verdict.arms:
        yield (
            f"<tr><td>{escape(one.name)}<td>{escape(comparison.arms[one.arm].in_words())}<td class=number>{one.wins}"
            f"<td class=number>{one.ties}<td class=number>{one.trials}<td class=number>{one.rate:.0%}"
            f"<td>{_scale(one, verdict.fair_share)}{one.low:.0%} to {one.high:.0%}</tr>"
        )
    yield "</table>"
    facts = [f"{verdict.votes} votes, {verdict.open} ballots open, {verdict.void_rounds} rounds void"]
    facts += [f"the leftmost picture won {verdict.left_won} of {verdict.votes}"] if verdict.votes else []
    facts += [f"{verdict.contradictions} pairs answered by place"] if verdict.voter == "assistant" else []
    yield f'<p class="quiet">{"; ".join(facts)}. The dashed line is an equal share, {verdict.fair_share:.0%}.</p>'


def _scale(one: ArmVerdict, fair_share: float) -> str:
    width = (one.high - one.low) * 100
    return (
        f'<div class="scale"><u style="left:{fair_share:.1%}"></u><i style="left:{one.low:.1%};width:{width:.1f}%"></i>'
        f'<b style="left:{one.rate:.1%}"></b></div>'
    )


def _round(comparison: Comparison, one: Round) -> Iterator[str]:
    votes = [vote for vote in comparison.votes if vote.round == one.number and vote.voter == "person"]
    tie = ", a tie" if any(vote.winner is None for vote in votes) else ""
    said = f"void: {one.void}" if one.void else "no vote" if not votes else f"voted{tie}"
    yield f'<h3>{one.number}. {escape(one.prompt)} <span class="quiet">seed {one.seed}, {escape(said)}</span></h3>'
    yield '<div class="round">'
    for arm in one.places:
        sprite = one.sprites[arm] if one.sprites else None
        won = ' class="won"' if any(vote.winner == arm for vote in votes) else ""
        told = f"{comparison.arms[arm].name}: {sprite.sprite_id}" if sprite else f"{comparison.arms[arm].name}: nothing"
        yield f"<figure{won}>{_picture(sprite)}<figcaption>{escape(told)}</figcaption></figure>"
    yield "</div>"


def _picture(sprite: ArmSprite | None) -> str:
    if sprite is None:
        return "<p>not drawn</p>"
    try:
        data = base64.b64encode(Path(sprite.path).read_bytes()).decode()
    except OSError:
        return "<p>its file is gone</p>"
    factor = max(1, _SHOWN_PX // max(sprite.width_px, sprite.height_px))
    return (
        f'<img src="data:image/png;base64,{data}" width="{sprite.width_px * factor}" '
        f'height="{sprite.height_px * factor}" alt="{escape(sprite.sprite_id)}">'
    )
