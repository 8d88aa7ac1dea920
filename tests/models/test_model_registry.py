"""What lies in the models folder is found, described from its header, and refused with the reason where it must be."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from helpers import tiny_sdxl
from helpers.drawing import tiny_models
from pixels_mcp.errors import ModelFileError, UnknownModelError
from pixels_mcp.models.model_registry import ModelRegistry


@pytest.fixture
def models(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    (folder / "checkpoints").mkdir(parents=True)
    shutil.copytree(tiny_models() / "folder", folder / "checkpoints" / "knight-xl")
    shutil.copy(tiny_models() / "single.safetensors", folder / "checkpoints" / "painter.safetensors")
    return folder


@pytest.fixture
def registry(models: Path, tmp_path: Path) -> ModelRegistry:
    return ModelRegistry(models, tmp_path / "cache")


def names(registry: ModelRegistry, kind: str) -> list[str]:
    return [info.name for info in registry.scan() if info.kind == kind and info.name != "mini"]


def test_folders_and_files_are_listed_by_name(registry: ModelRegistry, models: Path) -> None:
    tiny_sdxl.write_single_file(models / "checkpoints" / "pixel" / "tiles.safetensors")
    tiny_sdxl.write_lora(models / "loras" / "shiny.safetensors", "kohya")
    tiny_sdxl.write_vae(models / "vae" / "crisp.safetensors")

    assert names(registry, "checkpoint") == ["knight-xl", "painter", "pixel/tiles"]
    assert names(registry, "lora") == ["shiny"]
    assert names(registry, "vae") == ["crisp"]
    assert all(info.problem is None for info in registry.scan())


def test_a_missing_models_folder_is_no_problem(tmp_path: Path) -> None:
    registry = ModelRegistry(tmp_path / "nothing", tmp_path / "cache")

    assert names(registry, "checkpoint") == []
    assert [folder.name for folder in registry.missing_folders()] == ["checkpoints", "loras", "vae"]
    with pytest.raises(UnknownModelError, match="no model is called 'painter'"):
        registry.find("painter")


def test_an_unknown_name_is_answered_with_those_that_exist(registry: ModelRegistry) -> None:
    with pytest.raises(UnknownModelError, match=r"did you mean 'painter'\? there is: .*knight-xl, painter"):
        registry.find("paintr")


def test_a_found_model_has_a_hash_that_follows_its_content(registry: ModelRegistry, models: Path) -> None:
    file, folder = registry.find("painter"), registry.find("knight-xl")
    assert file.sha256
    assert folder.sha256
    assert [info.sha256 for info in registry.scan() if info.name == "painter"] == [file.sha256]

    tiny_sdxl.write_single_file(models / "checkpoints" / "painter.safetensors", seed=3)
    config = models / "checkpoints" / "knight-xl" / "scheduler" / "scheduler_config.json"
    config.write_text(config.read_text().replace("leading", "trailing"))

    assert registry.find("painter").sha256 not in (None, file.sha256)
    assert registry.find("knight-xl").sha256 not in (None, folder.sha256)


def test_a_hash_is_computed_once_and_remembered_by_the_next_process(
    registry: ModelRegistry, models: Path, tmp_path: Path
) -> None:
    known = registry.find("painter").sha256
    next_one = ModelRegistry(models, tmp_path / "cache")

    assert [info.sha256 for info in next_one.scan() if info.name == "painter"] == [known]
    (tmp_path / "cache" / "model_hashes.json").write_text("{ broken")
    assert ModelRegistry(models, tmp_path / "cache").find("painter").sha256 == known


@pytest.mark.parametrize("suffix", [".ckpt", ".bin", ".pt", ".pth"])
def test_a_pickle_is_listed_as_unusable_and_never_found(registry: ModelRegistry, models: Path, suffix: str) -> None:
    (models / "checkpoints" / f"old{suffix}").write_bytes(b"\x80\x02}q\x00.")

    assert next(info.problem for info in registry.scan() if info.name == "old").startswith("is a pickle")  # type: ignore[union-attr]  # it is there
    with pytest.raises(ModelFileError, match=r"old cannot be used: is a pickle, .* get it as \.safetensors"):
        registry.find("old")


def test_a_folder_of_pickles_and_one_of_another_family_are_unusable(registry: ModelRegistry, models: Path) -> None:
    for name in ("pickled", "other"):
        shutil.copytree(models / "checkpoints" / "knight-xl", models / "checkpoints" / name)
    weights = next((models / "checkpoints" / "pickled" / "unet").glob("*.safetensors"))
    weights.rename(weights.with_suffix(".bin"))
    index = models / "checkpoints" / "other" / "model_index.json"
    index.write_text(index.read_text().replace("StableDiffusionXLPipeline", "FluxPipeline"))

    problems = {info.name: info.problem for info in registry.scan()}
    assert "holds only pickles" in (problems["pickled"] or "")
    assert "is a FluxPipeline" in (problems["other"] or "")


def test_a_truncated_file_is_listed_with_its_numbers_and_hides_no_other(registry: ModelRegistry, models: Path) -> None:
    file = models / "checkpoints" / "painter.safetensors"
    file.write_bytes(file.read_bytes()[:100_000])

    problem = next(info.problem for info in registry.scan() if info.name == "painter")
    assert problem is not None
    assert "truncated" in problem or "its header has" in problem
    assert registry.find("knight-xl").problem is None


def test_a_lora_for_another_base_is_refused_before_anything_is_loaded(registry: ModelRegistry, models: Path) -> None:
    tiny_sdxl.write_lora(models / "loras" / "fits.safetensors", "diffusers")
    tiny_sdxl.write_lora(models / "loras" / "old-one.safetensors", "kohya", text_width=768)
    model = registry.find("painter")

    assert registry.find_lora("fits", model).text_width == 96
    with pytest.raises(ModelFileError, match=r"old-one is for sd1 \(text width 768\), painter is width-96"):
        registry.find_lora("old-one", model)
    with pytest.raises(UnknownModelError, match="fits is a LoRA, not a model"):
        registry.find("fits")
    with pytest.raises(UnknownModelError, match="no LoRA is called 'shiny'"):
        registry.find_lora("shiny", model)


def test_a_file_in_the_wrong_folder_says_where_it_belongs(registry: ModelRegistry, models: Path) -> None:
    tiny_sdxl.write_lora(models / "checkpoints" / "lost.safetensors", "kohya")
    tiny_sdxl.write_vae(models / "loras" / "also-lost.safetensors")

    problems = {info.name: info.problem for info in registry.scan()}
    assert problems["lost"] == "is a LoRA; move it to loras/"
    assert problems["also-lost"] == "holds no LoRA layers"


def test_what_a_trainer_wrote_is_read_from_the_metadata(registry: ModelRegistry, models: Path) -> None:
    kohya = {
        "ss_base_model_version": "sdxl_base_v1-0",
        "ss_dataset_dirs": json.dumps({"10_knight": {"n_repeats": 10, "img_count": 20}}),
        "ss_tag_frequency": json.dumps({"10_knight": {"pxlknight": 20, "armor": 19, "red": 3}}),
    }
    stated = {"modelspec.trigger_phrase": "in shiny style", "modelspec.license": "CC0-1.0"}
    tiny_sdxl.write_lora(models / "loras" / "knights.safetensors", "kohya", metadata=kohya)
    tiny_sdxl.write_lora(models / "loras" / "shiny.safetensors", "kohya", metadata=stated)

    loras = {info.name: info for info in registry.scan()}
    assert loras["knights"].trigger_words == ("pxlknight", "armor")
    assert (loras["shiny"].trigger_words, loras["shiny"].license) == (("in shiny style",), "CC0-1.0")


@pytest.mark.parametrize(
    ("name", "steps", "guidance", "sampler", "side_px"),
    [
        ("pixel-xl", 25, 7.0, "dpmpp_2m_karras", 1024),
        ("sd_xl_turbo_1.0_fp16", 4, 1.0, "euler_ancestral_trailing", 512),
        ("juggernautXL_lightning_8steps", 8, 1.0, "euler_trailing", 1024),
        ("Hyper-SDXL-4step", 4, 1.0, "tcd", 1024),
        ("animagine-lcm", 8, 1.5, "lcm", 1024),
        ("dreamshaperXL_v21TurboDPMSDE", 8, 2.0, "dpmpp_2m_karras", 1024),
    ],
)
def test_a_model_made_for_few_steps_is_recognized_by_its_name(
    registry: ModelRegistry, models: Path, name: str, steps: int, guidance: float, sampler: str, side_px: int
) -> None:
    (models / "checkpoints" / "painter.safetensors").rename(models / "checkpoints" / f"{name}.safetensors")

    entry = registry.find(name)
    assert (entry.steps, entry.guidance_scale, entry.sampler, entry.render_side_px) == (
        steps,
        guidance,
        sampler,
        side_px,
    )


def test_a_card_beside_the_file_wins_over_what_the_file_says(registry: ModelRegistry, models: Path) -> None:
    tiny_sdxl.write_vae(models / "vae" / "crisp.safetensors")
    card = {"steps": 12, "guidance_scale": 3.5, "license": "MIT", "trigger_words": ["pixelart"], "vae": "crisp"}
    (models / "checkpoints" / "painter.json").write_text(json.dumps(card))

    entry = registry.find("painter")

    assert (entry.steps, entry.guidance_scale, entry.license, entry.trigger_words) == (12, 3.5, "MIT", ("pixelart",))
    assert entry.vae_path == models / "vae" / "crisp.safetensors"
    assert entry.vae_sha256


@pytest.mark.parametrize(
    ("card", "why"),
    [
        ('{"step": 3}', "step: unknown argument (a newer pixels-mcp may have written it)"),
        ('{"steps": 0}', "steps: "),
        ("{", "painter.json"),
        ('{"vae": "missing"}', "asks for the VAE 'missing'"),
    ],
)
def test_a_broken_card_makes_its_model_unusable_and_says_where(
    registry: ModelRegistry, models: Path, card: str, why: str
) -> None:
    (models / "checkpoints" / "painter.json").write_text(card)

    with pytest.raises(ModelFileError) as caught:
        registry.find("painter")
    assert why in caught.value.message


def test_a_vae_of_the_checkpoints_own_name_stands_in_for_a_missing_one(registry: ModelRegistry, models: Path) -> None:
    tensors = tiny_sdxl.single_file_tensors(tiny_sdxl.make_tiny_sdxl())
    bare = {name: tensor for name, tensor in tensors.items() if not name.startswith("first_stage_model.")}
    tiny_sdxl.save_file(bare, models / "checkpoints" / "bare.safetensors")
    with pytest.raises(ModelFileError, match="holds no VAE"):
        registry.find("bare")

    tiny_sdxl.write_vae(models / "vae" / "bare.safetensors")

    assert registry.find("bare").vae_path == models / "vae" / "bare.safetensors"


def test_a_pixel_model_declares_its_native_size_and_sdxl_none(registry: ModelRegistry, models: Path) -> None:
    shutil.copytree(tiny_models() / "pixel", models / "checkpoints" / "little")

    little, painter = registry.find("little"), registry.find("painter")

    assert (little.native_sizes_px, little.default_size_px, little.draws_native_pixels) == (((32, 32),), (32, 32), True)
    assert (painter.native_sizes_px, painter.default_size_px, painter.draws_native_pixels) == ((), (128, 128), False)


def test_the_built_in_model_comes_first_and_can_be_drawn_with(registry: ModelRegistry) -> None:
    entry = registry.entries()[0]

    assert (entry.name, entry.base, entry.problem) == ("mini", "mini", None)
    assert entry.native_sizes_px == ((32, 32), (16, 16))
    assert registry.find("mini").sha256
    assert registry.scan()[0].default
