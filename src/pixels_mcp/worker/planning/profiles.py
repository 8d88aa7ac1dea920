"""Which levers a person wants pulled: a profile, and each lever by itself."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from pixels_mcp.engines.levers import Levers
from pixels_mcp.errors import SettingsError
from pixels_mcp.models.entry import ModelEntry
from pixels_mcp.requests import SpriteRequest
from pixels_mcp.settings import CompileWhen, Profile, Settings

FAST_GUIDANCE_UNTIL = 0.4


@dataclass(frozen=True)
class Wishes:
    """How large models are to be drawn.

    Attributes:
        levers: All but `compiled`, which is decided batch by batch.
        compiles: Whether shapes that recur are compiled.
        few_step_lora: Stacked on what a request asks for, so that few steps are enough; None for none.
    """

    levers: Levers = field(default_factory=Levers)
    compiles: CompileWhen = "never"
    few_step_lora: str | None = None

    def levers_for(self, request: SpriteRequest, *, is_plain: bool, two_pass: bool) -> Levers:
        """The levers of one request; those that would change nothing of it stay at their defaults.

        Args:
            is_plain: See `is_drawn_plainly`.
            two_pass: There is guidance to be left out.
        """
        if is_plain:
            return Levers()
        plain, wanted = Levers(), self.levers
        return replace(
            wanted,
            guidance_from=wanted.guidance_from if two_pass else plain.guidance_from,
            guidance_until=wanted.guidance_until if two_pass else plain.guidance_until,
            lora_hotswap=wanted.lora_hotswap and any(lora.weight for lora in request.loras),
            # Tiles are decoded apart, so their edges would not join on a torus.
            vae_tiling=wanted.vae_tiling and request.tiling == "none",
        )


def is_drawn_plainly(model: ModelEntry) -> bool:
    """True for a small model, like the embedded one, which needs no levers, and for one that a server draws."""
    return model.draws_native_pixels or model.engine != "diffusers"


_PROFILES: dict[Profile, Wishes] = {
    "exact": Wishes(),
    "fast": Wishes(Levers(guidance_until=FAST_GUIDANCE_UNTIL, lora_hotswap=True), "cards"),
    "low-memory": Wishes(Levers(offload=True, vae_tiling=True)),
}


def wishes_of(settings: Settings) -> Wishes:
    """The profile of the settings, changed by each lever that they name.

    Raises:
        SettingsError: Guidance would end before it begins.
    """
    profile, own = _PROFILES[settings.profile], settings.levers
    named = {
        name: value
        for name in ("channels_last", "guidance_from", "guidance_until", "lora_hotswap", "offload", "vae_tiling")
        if (value := getattr(own, name)) is not None
    }
    levers = replace(profile.levers, **named)
    if levers.guidance_from >= levers.guidance_until:
        raise SettingsError(
            f"levers.guidance_from {levers.guidance_from:g} is not before guidance_until {levers.guidance_until:g}",
            hint="they are shares of the steps: 0 and 1 guide all of them",
        )
    return Wishes(levers, own.compile or profile.compiles, own.few_step_lora)
