"""What a model is taught follows from its own scheduler: noise, velocity, flow."""

from __future__ import annotations

import pytest
import torch

from pixels_mcp.errors import TrainingError
from pixels_mcp.training.lora.lora_options import default_options
from pixels_mcp.training.lora.noise import NoisePlan

BETAS = {"num_train_timesteps": 1000, "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
OPTIONS = default_options(draws_pixels=False, pictures=40)
LATENTS = torch.full((2, 4, 2, 2), 0.5)
NOISE = torch.full((2, 4, 2, 2), -1.0)


def at(part: float, **config: object) -> tuple[torch.Tensor, torch.Tensor, float, float]:
    noisy = NoisePlan({**BETAS, **config}, OPTIONS).at(LATENTS, NOISE, torch.full((2,), part))
    return noisy.latents, noisy.targets, float(noisy.times[0]), float(noisy.weights[0])


def test_noise_is_asked_of_a_model_that_predicts_noise_and_easy_times_count_less() -> None:
    latents, target, time, weight = at(0.001)

    assert torch.equal(target, NOISE)
    assert time == 1.0
    assert 0 < weight < 0.02
    assert torch.allclose(latents, LATENTS, atol=0.1)
    assert at(0.999)[3] == 1.0


def test_velocity_turns_from_noise_to_the_picture() -> None:
    start, end = (at(part, prediction_type="v_prediction")[1] for part in (0.0001, 0.9999))

    assert torch.allclose(start, NOISE, atol=0.1)
    assert torch.allclose(end, -LATENTS, atol=0.1)


def test_flow_goes_straight_from_the_picture_to_the_noise() -> None:
    latents, target, time, weight = at(0.25, use_flow_sigmas=True)

    assert torch.allclose(latents, 0.75 * LATENTS + 0.25 * NOISE)
    assert torch.equal(target, NOISE - LATENTS)
    assert (time, weight) == (250.0, 1.0)


def test_pure_noise_at_the_end_counts_and_is_no_division_by_zero() -> None:
    weight = at(0.9999, prediction_type="v_prediction", rescale_betas_zero_snr=True)[3]
    assert weight == 1.0


def test_a_model_that_predicts_something_else_is_refused() -> None:
    with pytest.raises(TrainingError, match="predicts sample cannot be trained"):
        NoisePlan({**BETAS, "prediction_type": "sample"}, OPTIONS)


def test_the_steps_follow_from_the_set_and_numbers_out_of_range_are_refused() -> None:
    assert default_options(draws_pixels=False, pictures=10).steps == 400
    assert default_options(draws_pixels=False, pictures=66).steps == 1485
    assert default_options(draws_pixels=True, pictures=66).layers == "conv"
    with pytest.raises(TrainingError, match=r"the learning rate is 5, 1e-07 to 0\.1 are allowed"):
        default_options(draws_pixels=False, pictures=10, learning_rate=5)
