"""Draw rows with diffusers' stock SDXL pipelines; models stay loaded as long as memory allows."""

from __future__ import annotations

import gc
import logging
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, cast

import torch

from pixels_mcp.engines import devices
from pixels_mcp.engines.base import Device, DeviceKind, RenderAccount, RenderSpec, RenderWatch, Rgba, Row
from pixels_mcp.engines.diffusers_sdxl.guidance_interval import GuidanceInterval
from pixels_mcp.engines.diffusers_sdxl.lora_slot import put_on
from pixels_mcp.engines.diffusers_sdxl.masked_redraw import KeptPixels
from pixels_mcp.engines.diffusers_sdxl.memory import RowMemory
from pixels_mcp.engines.diffusers_sdxl.model import Model, load_model
from pixels_mcp.engines.diffusers_sdxl.moved_noise import move_noise
from pixels_mcp.engines.diffusers_sdxl.pixel_tensors import decode, encode, preview, scale_of
from pixels_mcp.engines.diffusers_sdxl.samplers import clean_estimate, make_sampler
from pixels_mcp.engines.diffusers_sdxl.torus import wrapped
from pixels_mcp.engines.diffusers_sdxl.ways_of_computing import computing, lay_out, resident
from pixels_mcp.errors import EngineError, OutOfDeviceMemory, PixelsError, RenderStopped
from pixels_mcp.models.weight_bytes import DtypeName, weight_bytes

log = logging.getLogger(__name__)

OFFLOADED_SHARE = 0.78
"""Of SDXL's weights the UNet and the VAE, the most that are on the card at once when they are offloaded."""


class DiffusersSdxl:
    """An `Engine` for everything in SDXL's layout: SDXL checkpoints and the embedded `mini`.

    Args:
        device: `auto` takes cuda, else mps, else cpu.
        dtype: `auto` takes what the device is fast at; small models are drawn in fp32 on every card.
        threads: CPU threads; 0 takes every physical core that this process may use.
        cache_dir: Where the measured speed of bf16 is kept.
        small_models_only: Leave large models to another engine: this one draws small ones beside a card.

    Raises:
        SettingsError: The device or the number format is not there.
    """

    def __init__(
        self,
        device: Literal["auto", "cpu", "cuda", "mps"] = "auto",
        dtype: Literal["auto", "bf16", "fp16", "fp32"] = "auto",
        threads: int = 0,
        cache_dir: Path | str | None = None,
        small_models_only: bool = False,
    ) -> None:
        self._kind: DeviceKind = devices.choose_device(device)
        self._threads = devices.set_threads(threads)
        self._dtype: DtypeName = devices.choose_dtype(self._kind, dtype, None if cache_dir is None else Path(cache_dir))
        self._small_models_only = small_models_only
        self._dtype_is_fixed = dtype != "auto"
        self._torch_device = torch.device(self._kind)
        self._models: dict[tuple[str, Path | None, bool], Model] = {}
        self._row_memory = RowMemory(self._kind)
        if self._kind == "cuda":
            torch.backends.cudnn.benchmark = False
            torch.backends.cudnn.deterministic = True

    def render(self, spec: RenderSpec, rows: Sequence[Row], watch: RenderWatch) -> list[Rgba]:
        """Draw all rows together; see `Engine.render`.

        Raises:
            OutOfDeviceMemory: Fewer rows may fit; nothing of this render is left allocated.
            RenderStopped: `watch.stopped()` said so.
            ModelFileError: The weights cannot be loaded.
            EngineError: Rows and spec do not fit together, or the device failed.
        """
        _check(spec, rows)
        try:
            return self._render(spec, rows, watch)
        except PixelsError as error:
            # A kept error must not keep the render's tensors.
            traceback.clear_frames(error.__traceback__)
            raise
        except Exception as error:
            traceback.clear_frames(error.__traceback__)
            if not devices.is_out_of_memory(error):
                raise EngineError(
                    f"drawing failed on {self._kind}: {type(error).__name__}: {error}", hint="see the log file"
                ) from error
            self._free_memory()
            raise OutOfDeviceMemory(
                f"{len(rows)} rows of {spec.width_px} x {spec.height_px} px did not fit into {self._kind} memory "
                f"({self._free_bytes() / devices.GIB:.1f} GiB are free now)",
                hint="draw fewer at once, or close other programs that use the device",
            ) from error

    def refusal(self, spec: RenderSpec) -> str | None:
        """Why a model is not drawn here: its file is not on this machine, or it is left to the card."""
        if spec.engine != "diffusers":
            return f"{spec.model_path} is drawn by {spec.engine}"
        if not spec.model_path.exists():
            return f"{spec.model_path} is not on this machine"
        if self._small_models_only and not devices.is_small(spec.model_path):
            return f"{spec.model_path.name} is large, and left to the card"
        return None

    def rows_that_fit(self, spec: RenderSpec) -> int:
        """Estimate how many rows the free memory holds, at least 1; measured where such rows were drawn before."""
        model = self._models.get(_key(spec))
        free = self._free_bytes()
        if model is None or model.home != self._torch_device:
            free -= self._device_bytes(spec, self._dtype_for(spec))
        return self._row_memory.rows_that_fit(spec, free, devices.TORCH_DTYPES[self._dtype_for(spec)].itemsize)

    def _dtype_for(self, spec: RenderSpec) -> DtypeName:
        """The number format of a model: fp32 for small models on a card, where it costs nothing."""
        if self._dtype_is_fixed or self._kind == "cpu":
            return self._dtype
        return "fp32" if devices.is_small(spec.model_path) else self._dtype

    def account(self, spec: RenderSpec, prompts: Sequence[str]) -> RenderAccount:
        """How a spec was drawn: what of its LoRAs the model has no place for, the ends of prompts it could not read."""
        model = self._models.get(_key(spec))
        notes = model.stack_notes if model and model.stack == spec.loras else ()
        unread = tuple(model.unread_words(prompt) if model else "" for prompt in prompts)
        return RenderAccount(self.device(), self._dtype_for(spec), notes, unread)

    def let_go(self) -> None:
        """Let loaded models leave the device's memory."""
        self._models.clear()
        self._free_memory()

    def loaded_models(self) -> tuple[str, ...]:
        """Content hashes of the models that are ready to draw, the last used last."""
        return tuple(dict.fromkeys(sha256 for sha256, *_ in self._models))

    def device(self) -> Device:
        """Describe the device now."""
        free, total = devices.memory_bytes(self._kind)
        return Device(
            kind=self._kind,
            name=devices.device_name(self._kind),
            dtype=self._dtype,
            threads=self._threads,
            memory_free_gib=round(free / devices.GIB, 3),
            memory_total_gib=round(total / devices.GIB, 3),
        )

    def _render(self, spec: RenderSpec, rows: Sequence[Row], watch: RenderWatch) -> list[Rgba]:
        model = self._model(spec, watch)
        if model.draws_with != (spec.loras, spec.levers.lora_hotswap):
            watch.stage("loading")
            put_on(model, spec.loras, hotswap=spec.levers.lora_hotswap)
        lay_out(model, spec.levers)
        _stop_if_asked(watch)
        watch.stage("encoding")
        with torch.inference_mode(), self._row_memory.measured(spec, len(rows)):
            with resident(self._torch_device, model.home, *model.text_encoders):
                words = model.encode_words(rows, two_pass=spec.two_pass and spec.guidance_scale > 1.0)
            _stop_if_asked(watch)
            watch.stage("denoising")
            pictures: list[Rgba] = []
            with wrapped(spec.wrap, model.pipeline.unet, model.vae.decoder):
                with resident(self._torch_device, model.home, model.pipeline.unet), computing(model, spec.levers):
                    latents = self._denoise(model, spec, rows, words, watch)
                for row_latents in latents:
                    _stop_if_asked(watch)
                    pictures.append(decode(model.vae, row_latents))
        return pictures

    def _denoise(
        self, model: Model, spec: RenderSpec, rows: Sequence[Row], words: dict[str, Any], watch: RenderWatch
    ) -> torch.Tensor:
        """Run the pipeline's own loop: (rows, channels, height, width) of finished latents."""
        pipeline = model.redraw if spec.strength is not None else model.pipeline
        sampler = pipeline.scheduler = make_sampler(spec.sampler, model.sampler, spec.prediction)
        generators = [torch.Generator("cpu").manual_seed(row.seed) for row in rows]
        scale = scale_of(model.vae)
        shape = (1, model.channels, spec.height_px // scale, spec.width_px // scale)
        # Drawn on the CPU in fp32 whatever the device, so that a seed means the same everywhere.
        noise = torch.cat([torch.randn(shape, generator=generator) for generator in generators])
        noise = move_noise(noise, rows, scale).to(self._torch_device, model.dtype)

        kept: KeptPixels | None = None
        scale_asked = spec.guidance_scale if spec.two_pass or model.guidance_is_embedded else 1.0
        interval = GuidanceInterval.of(words, scale_asked, spec.levers)

        def on_step(pipe: Any, index: int, _time: Any, tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
            def show(row: int) -> Rgba:
                return preview(model.vae, clean_estimate(sampler, tensors["latents"])[row])

            steps = pipe.num_timesteps
            watch.step(index + 1, steps, show)
            # The last step's stop is asked for before decoding.
            if index + 1 < steps:
                _stop_if_asked(watch)
            changed = {} if interval is None else interval.after_step(pipe, index, steps, tensors["add_time_ids"])
            return changed if kept is None else changed | {"latents": kept.put_back(tensors["latents"], index, steps)}

        call: dict[str, Any] = {
            **words,
            "num_inference_steps": spec.steps,
            "guidance_scale": scale_asked if interval is None else interval.first_scale,
            "generator": generators,
            "output_type": "latent",
            "callback_on_step_end": on_step,
            "callback_on_step_end_tensor_inputs": ["latents", "add_time_ids"],
        }
        if spec.strength is None:
            result = cast("Any", pipeline(height=spec.height_px, width=spec.width_px, latents=noise, **call))
        else:
            references = [row.reference for row in rows if row.reference is not None]
            image = torch.cat([encode(model.vae, reference, self._torch_device) for reference in references])
            image = image.to(model.dtype)
            kept = KeptPixels.of(rows, image, noise, sampler, scale)
            pipeline.noise = noise
            steps_run = max(1, min(spec.steps, round(spec.steps * spec.strength)))
            # The pipeline cuts steps x strength down to a whole number; half a step more makes it this one.
            strength = min(1.0, (steps_run + 0.5) / spec.steps)
            try:
                result = cast("Any", pipeline(image=image, strength=strength, **call))
            finally:
                pipeline.noise = None
        return result.images

    def _model(self, spec: RenderSpec, watch: RenderWatch) -> Model:
        """Take a loaded model, or load it and let the longest unused ones go where memory is short."""
        key = _key(spec)
        model = self._models.pop(key, None)
        if model is None:
            watch.stage("loading")
            dtype = self._dtype_for(spec)
            needed_bytes = self._device_bytes(spec, dtype)
            while self._models and self._free_bytes() < needed_bytes * 5 // 4 + devices.HEADROOM_BYTES:
                self._drop_oldest()
            # A CPU's system would rather end this process than refuse it memory.
            if self._free_bytes() < needed_bytes:
                raise self._too_large(spec, needed_bytes)
            model = self._load(spec, dtype)
        self._models[key] = model
        return model

    def _load(self, spec: RenderSpec, dtype: DtypeName) -> Model:
        while True:
            try:
                return load_model(
                    spec.model_path,
                    spec.vae_path,
                    self._torch_device,
                    devices.TORCH_DTYPES[dtype],
                    offload=spec.levers.offload,
                )
            except Exception as error:
                if not devices.is_out_of_memory(error):
                    raise
                traceback.clear_frames(error.__traceback__)
                if not self._models:
                    raise self._too_large(spec, weight_bytes(spec.model_path, dtype)) from error
            self._drop_oldest()

    def _too_large(self, spec: RenderSpec, needed_bytes: int) -> EngineError:
        return EngineError(
            f"{spec.model_path.name} needs {needed_bytes / devices.GIB:.1f} GiB of {self._kind} memory for its "
            f"weights, {self._free_bytes() / devices.GIB:.1f} GiB are free",
            hint="close other programs, set dtype = 'bf16', or use a smaller model",
        )

    def _device_bytes(self, spec: RenderSpec, dtype: DtypeName) -> int:
        """What a model's weights take of the device: all of them, or its largest part at a time."""
        share = OFFLOADED_SHARE if spec.levers.offload and self._kind == "cuda" else 1.0
        return int(weight_bytes(spec.model_path, dtype) * share)

    def _free_bytes(self) -> int:
        return devices.memory_bytes(self._kind)[0]

    def _drop_oldest(self) -> None:
        key = next(iter(self._models))
        log.info("letting the model %s go to make room", key[0][:12])
        del self._models[key]
        self._free_memory()

    def _free_memory(self) -> None:
        """Give unused memory back to the device."""
        gc.collect()
        devices.give_memory_back(self._kind)


def _key(spec: RenderSpec) -> tuple[str, Path | None, bool]:
    return spec.model_sha256, spec.vae_path, spec.levers.offload


def _stop_if_asked(watch: RenderWatch) -> None:
    if watch.stopped():
        raise RenderStopped("the render was told to stop")


def _check(spec: RenderSpec, rows: Sequence[Row]) -> None:
    """Refuse what a pipeline would only stumble over."""
    if not rows:
        raise EngineError("no rows to draw", hint="ask for at least one")
    if spec.width_px % 8 or spec.height_px % 8:
        raise EngineError(
            f"cannot render {spec.width_px} x {spec.height_px} px", hint="both sides must be multiples of 8"
        )
    with_reference = sum(row.reference is not None for row in rows)
    if with_reference != (len(rows) if spec.strength is not None else 0):
        raise EngineError(
            f"{with_reference} of {len(rows)} rows have a reference, strength is {spec.strength}",
            hint="give all rows a reference and a strength, or none",
        )
    for row in rows:
        if row.reference is not None and row.reference.shape != (spec.height_px, spec.width_px, 4):
            raise EngineError(
                f"a reference has shape {row.reference.shape}, the render {(spec.height_px, spec.width_px, 4)}",
                hint="bring references to the render's size first",
            )
        if row.noise_from is not None and row.noise_from.shape != (spec.height_px, spec.width_px, 2):
            raise EngineError(
                f"the noise's places have shape {row.noise_from.shape}, the render {(spec.height_px, spec.width_px)}",
                hint="give a row and a column for each pixel of the render",
            )
        if row.keep is not None and (row.reference is None or row.keep.shape != (spec.height_px, spec.width_px)):
            raise EngineError(
                f"what is kept has shape {row.keep.shape}, the render {(spec.height_px, spec.width_px)}",
                hint="give a row that keeps pixels the reference that they are of, and both the render's size",
            )
