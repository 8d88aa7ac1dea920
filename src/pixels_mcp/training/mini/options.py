"""How a training run of `mini` goes."""

from __future__ import annotations

from dataclasses import dataclass

WAYS = ("auto", "fp32", "bf16", "fp32+compile", "bf16+compile")


@dataclass(frozen=True)
class RunOptions:
    """How a run trains; none of it must stay the same when the run goes on, but the shape.

    Attributes:
        batch_size: Pairs per step.
        stop_at_pictures: Stop there; None goes on until interrupted.
        stop_after_s: Stop this sitting after so many seconds; None for no limit.
        cooldown_pictures: Over the last so many pictures before `stop_at_pictures` the step falls to zero.
        cooldown_s: Over the last so many seconds before `stop_after_s` it falls to zero.
        time_bias: Moves the times that are trained towards 0 (the picture) where negative; redrawing an exemplar at
            half strength never visits the noisiest.
        checkpoint_every_s: Seconds between checkpoints.
        measure_every_pictures: Pictures between looks at the held-out loss.
        small_share: Share of the steps on the smallest canvas, 0 to 1, whose pictures cost a quarter; None takes every
            canvas as often as its tiles weigh.
        held_out_pairs: Pairs that the held-out loss is measured on.
        sheet_every_s: Seconds between sample sheets; 0 for none.
        muon_lr: See `MuonAdamW`; 0 trains with AdamW alone.
        adamw_lr: See `MuonAdamW`.
        way: `auto` times the ways at the start and takes the fastest; or `fp32`, `bf16`, with `+compile`.
        device: `auto`, `cpu` or `cuda`.
        seed: Of a new run.
        workers: Processes that draw pairs ahead of the steps; 0 draws between them.
    """

    batch_size: int = 32
    stop_at_pictures: int | None = None
    stop_after_s: float | None = None
    cooldown_pictures: int = 0
    cooldown_s: float = 0.0
    time_bias: float = -0.3
    checkpoint_every_s: float = 300.0
    measure_every_pictures: int = 5120
    small_share: float | None = None
    held_out_pairs: int = 256
    sheet_every_s: float = 1200.0
    muon_lr: float = 1.5e-3
    adamw_lr: float = 1e-3
    way: str = "auto"
    device: str = "auto"
    seed: int = 0
    workers: int = 0
