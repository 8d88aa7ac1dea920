"""Settings of a person: file < `PIXELS_*` environment < flag. Only faces and the worker's start read them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from pixels_mcp.errors import SettingsError
from pixels_mcp.files import write_whole
from pixels_mcp.paths import Paths
from pixels_mcp.setting_values import gather, write_value

Profile = Literal["exact", "fast", "low-memory"]
CompileWhen = Literal["never", "cards", "always"]


class TerminalSettings(BaseModel):
    """The table `tui`: how the face in a terminal looks and which keys it has."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    theme: str = Field(default="textual-dark", description="Colors of the terminal's screens")
    colors: Literal["auto", "truecolor", "256", "none"] = Field(
        default="auto", description="Colors that the terminal can show; auto asks it"
    )
    keys: dict[str, str] = Field(
        default_factory=dict[str, str], description="Own keys by action: { 'gallery.filter' = 'ctrl+f' }"
    )


class LeverSettings(BaseModel):
    """The table `levers`: how large models are drawn, each lever by itself; one that is left out is the profile's."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    compile: CompileWhen | None = Field(
        default=None, description="Compile kernels for shapes that recur: never, on cards, or always"
    )
    channels_last: bool | None = Field(default=None, description="Keep a pixel's channels side by side in memory")
    guidance_from: float | None = Field(
        default=None, ge=0.0, lt=1.0, description="Share of the steps after which guidance begins"
    )
    guidance_until: float | None = Field(
        default=None, gt=0.0, le=1.0, description="Share of the steps after which guidance ends"
    )
    lora_hotswap: bool | None = Field(
        default=None, description="Exchange one LoRA for another in place, so that nothing is compiled again"
    )
    few_step_lora: str | None = Field(
        default=None, description="LoRA for few steps, stacked where a request names neither steps nor guidance"
    )
    offload: bool | None = Field(
        default=None, description="Keep weights in the machine's memory and each part on the card while it works"
    )
    vae_tiling: bool | None = Field(default=None, description="Decode pictures larger than 512 px in tiles")


class Settings(BaseModel):
    """Every setting with its default; the names are the keys of `settings.toml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    default_model: str = Field(default="mini", description="Model used when a request names none")
    engine: Literal["diffusers", "comfyui", "ray"] = Field(
        default="diffusers",
        description="What draws: diffusers on this machine, your ComfyUI server, or the machines of a Ray cluster",
    )
    comfyui_url: str = Field(default="http://127.0.0.1:8188", description="The ComfyUI server")
    comfyui_headers: dict[str, str] = Field(
        default_factory=dict[str, str],
        description="For a ComfyUI server behind a login: { Authorization = 'Bearer ...' }",
    )
    ray_address: str = Field(
        default="auto", description="HOST:PORT of the Ray cluster's head; auto is the cluster that this machine is in"
    )
    ray_lanes: int = Field(default=1, ge=1, le=256, description="Devices of the Ray cluster to draw on")
    device: Literal["auto", "cpu", "cuda", "mps"] = Field(default="auto", description="Where to draw")
    devices: Literal["one", "all"] = Field(
        default="one", description="all draws on every card at once, with small models on the CPU beside them as well"
    )
    dtype: Literal["auto", "bf16", "fp16", "fp32"] = Field(default="auto", description="Number format of the weights")
    profile: Profile = Field(
        default="exact",
        description="How large models are drawn: exact, fast (guidance for 40 % of the steps, compiled kernels on a "
        "card), or low-memory",
    )
    threads: int = Field(default=0, ge=0, le=512, description="CPU threads for drawing; 0 takes all cores")
    rows_max: int = Field(default=16, ge=1, le=256, description="Sprites denoised together at most")
    idle_exit_s: float = Field(
        default=600.0,
        ge=1.0,
        description="Seconds without a face and without work after which the worker ends",
    )
    queue_limit: int = Field(default=20_000, ge=1, description="Parts that may wait")
    models_dir: Path | None = Field(default=None, description="Folder with checkpoints/, loras/ and vae/")
    library_dir: Path | None = Field(default=None, description="Folder of the sprite library")
    project: Path | None = Field(default=None, description="Bevy project that sprites are deployed into")
    metrics_listen: str | None = Field(
        default=None,
        pattern=r"^\S+:\d{1,5}$",
        description="HOST:PORT at which a worker tells Prometheus its numbers (/metrics)",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="For the log file")
    levers: LeverSettings = Field(default_factory=LeverSettings)
    tui: TerminalSettings = Field(default_factory=TerminalSettings)


def load_settings(paths: Paths, flags: Mapping[str, object] | None = None) -> Settings:
    """Read the settings file, the environment and the flags, the later winning.

    Args:
        paths: Where the file lies; a missing file is an empty one.
        flags: Values from the command line; `None` values were not given.

    Raises:
        SettingsError: Names the source (file, variable or flag), the key, and what it may be.
    """
    return gather(Settings, paths.settings_file, os.environ, flags or {})


def write_setting(paths: Paths, key: str, text: str | None) -> Settings:
    """Set one value of the settings file (or take it out with `None`), keeping its comments, whole or not at all.

    Raises:
        SettingsError: The key is unknown, the value is not allowed, or the file cannot be written; it is as it was.
    """
    settings, data = write_value(Settings, paths.settings_file, key, text)
    try:
        paths.config.mkdir(parents=True, exist_ok=True)
        write_whole(paths.settings_file, data)
    except OSError as error:
        raise SettingsError(
            f"cannot write {paths.settings_file}: {error.strerror}", hint="check the folder's rights and its disk"
        ) from error
    return settings
