"""A drawing process imports little before its first sprite, and misses nothing of what it put off."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from typing import Any

import pytest

BEGIN = """
import contextlib, hashlib, json, sys, warnings

def draw():
    from pixels_mcp.engines.base import RenderSpec, Row
    from pixels_mcp.engines.diffusers_sdxl import DiffusersSdxl
    from pixels_mcp.models.describe import MINI_FOLDER
    from pixels_mcp.worker.warming import QuietWatch

    engine = DiffusersSdxl(device="cpu", dtype="fp32", threads=1)
    spec = RenderSpec(MINI_FOLDER, "mini", 32, 32, steps=2, guidance_scale=3.0)
    [picture] = engine.render(spec, [Row("a ruby potion", "", 1)], QuietWatch(lambda: False))
    return hashlib.sha256(picture.tobytes()).hexdigest()
"""

LEAN = """
said = {"picture": draw(), "modules": sorted(sys.modules)}

import torch, transformers
from diffusers import EulerDiscreteScheduler, LMSDiscreteScheduler
from diffusers.utils.torch_utils import is_compiled_module
from torch.nn.attention.flex_attention import BlockMask, create_block_mask, flex_attention

network = torch.nn.Linear(2, 2)
said["compiled_before"] = is_compiled_module(network)
compiled = torch.compile(network, backend="eager")
asked = torch.ones(1, 2)
said["compiled_same"] = torch.equal(compiled(asked), network(asked))
said["compiled_after"] = is_compiled_module(compiled)
mask = create_block_mask(lambda b, h, q, k: q >= k, 1, 1, 128, 128, device="cpu")
said["is_mask"] = isinstance(mask, BlockMask)
words = torch.ones(1, 1, 128, 16)
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it would rather be compiled
    said["attended"] = torch.allclose(flex_attention(words, words, words, block_mask=mask), words)
beta = EulerDiscreteScheduler(use_beta_sigmas=True)
beta.set_timesteps(4)
said["sigmas"] = beta.sigmas.tolist()
lms = LMSDiscreteScheduler()
lms.set_timesteps(4)
said["lms"] = lms.get_lms_coefficient(2, 1, 0)
from scipy.integrate import solve_ivp
said["solved"] = float(solve_ivp(lambda time, place: [2.0], (0, 1), [0.0]).y[0, -1])
from transformers.loss.loss_for_object_detection import linear_sum_assignment
said["assigned"] = [side.tolist() for side in linear_sum_assignment([[4, 1], [2, 8]])]
print(json.dumps(said))
"""

PLAIN = """
import diffusers, transformers
from diffusers import AutoencoderKL, AutoencoderTiny, StableDiffusionXLImg2ImgPipeline, StableDiffusionXLPipeline
from pixels_mcp.engines.diffusers_sdxl import load

load.lean_loading = contextlib.nullcontext
print(json.dumps({"picture": draw(), "modules": sorted(sys.modules)}))
"""


@cache
def said_by(program: str) -> dict[str, Any]:
    """What a process of its own finds out."""
    done = subprocess.run([sys.executable, "-c", BEGIN + program], capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr[-3000:]
    return {"stderr": done.stderr, **json.loads(done.stdout.splitlines()[-1])}


@pytest.mark.parametrize(
    "module",
    [
        "sympy",
        "scipy.stats._stats_py",
        "scipy.optimize._optimize",
        "scipy.integrate._ivp",
        "torch._dynamo.convert_frame",
        "torch.distributed.fsdp",
    ],
)
def test_a_first_sprite_is_drawn_without(module: str) -> None:
    assert module not in said_by(LEAN)["modules"]
    assert module in said_by(PLAIN)["modules"]  # else the name is one that nothing imports any more


def test_it_is_the_same_to_the_byte_as_one_that_was_drawn_with_everything_imported() -> None:
    assert said_by(LEAN)["picture"] == said_by(PLAIN)["picture"]


def test_importing_says_nothing() -> None:
    assert said_by(LEAN)["stderr"] == ""


def test_after_a_sprite_networks_can_be_compiled_and_are_told_from_others() -> None:
    said = said_by(LEAN)

    assert said["compiled_same"]
    assert (said["compiled_before"], said["compiled_after"]) == (False, True)


def test_after_a_sprite_there_is_flexible_attention() -> None:
    assert said_by(LEAN)["is_mask"]
    assert said_by(LEAN)["attended"]


def test_after_a_sprite_schedules_and_losses_that_ask_scipy_compute() -> None:
    said = said_by(LEAN)

    assert said["sigmas"] == sorted(said["sigmas"], reverse=True)
    assert said["lms"] != 0
    assert said["solved"] == pytest.approx(2.0)
    assert said["assigned"] == [[0, 1], [1, 0]]
