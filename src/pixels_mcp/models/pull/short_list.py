"""Models that many people ask for, by a short name; sums and licenses as their makers published them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ListedModel:
    """One model.

    Attributes:
        name: Short.
        address: As `pull` takes it.
        file_name: What it is called here: names tell how a speed LoRA or a VAE is used.
        size_bytes, sha256: None where the hub tells them.
        license: As stated, or that none is.
        about: What it is for.
    """

    name: str
    address: str
    file_name: str
    size_bytes: int | None
    sha256: str | None
    license: str
    about: str


SHORT_LIST: tuple[ListedModel, ...] = (
    ListedModel(
        "sdxl",
        "hf:stabilityai/stable-diffusion-xl-base-1.0/sd_xl_base_1.0.safetensors@462165984030d82259a11f4367a4eed129e94a7b",
        "sd_xl_base_1.0.safetensors",
        6_938_078_334,
        "31e35c80fc4829d14f90153f4c74cd59c90b779f6afe05a74cd6120b893f7e5b",
        "openrail++",
        "Stable Diffusion XL 1.0, the base that most pixel-art LoRAs were made for",
    ),
    ListedModel(
        "sdxl-vae",
        "hf:madebyollin/sdxl-vae-fp16-fix/sdxl.vae.safetensors@207b116dae70ace3637169f1ddd2434b91b3a8cd",
        "sdxl-vae-fp16-fix.safetensors",
        334_641_162,
        "235745af8d86bf4a4c1b5b4f529868b37019a10f7c0b2e79ad0abca3a22bc6e1",
        "mit",
        "SDXL's VAE that does not run over in fp16",
    ),
    ListedModel(
        "pixel-art-xl",
        "hf:nerijs/pixel-art-xl/pixel-art-xl.safetensors",
        "pixel-art-xl.safetensors",
        170_543_052,
        "4234637cb80c998f41e348e6a6cb6bc20d8d038b2b0f256b6129b3b5e353eef7",
        "creativeml-openrail-m",
        "pixel art, a cell of 8 px a pixel",
    ),
    ListedModel(
        "pixel-art-xl-1.1",
        "civitai:135931",
        "pixel-art-xl-1.1.safetensors",
        170_543_052,
        "bbf3d8defbfb3fb71331545225c0cf50c74a748d2525f7c19ebb8f74445de274",
        "the creator's terms on its page",
        "the same, version 1.1",
    ),
    ListedModel(
        "lcm",
        "hf:latent-consistency/lcm-lora-sdxl/pytorch_lora_weights.safetensors",
        "lcm-lora-sdxl.safetensors",
        393_855_224,
        "a764e6859b6e04047cd761c08ff0cee96413a8e004c9f07707530cd776b19141",
        "openrail++",
        "SDXL in 4 to 8 steps",
    ),
    ListedModel(
        "lightning-4",
        "hf:ByteDance/SDXL-Lightning/sdxl_lightning_4step_lora.safetensors",
        "sdxl_lightning_4step_lora.safetensors",
        393_854_592,
        None,
        "openrail++",
        "SDXL in 4 steps",
    ),
    ListedModel(
        "hyper-8",
        "hf:ByteDance/Hyper-SD/Hyper-SDXL-8steps-CFG-lora.safetensors",
        "Hyper-SDXL-8steps-CFG-lora.safetensors",
        None,
        None,
        "none stated",
        "SDXL in 8 steps, with guidance",
    ),
    ListedModel(
        "dmd2",
        "hf:tianweiy/DMD2/dmd2_sdxl_4step_lora_fp16.safetensors",
        "dmd2_sdxl_4step_lora_fp16.safetensors",
        None,
        None,
        "cc-by-nc-4.0 (not for sale)",
        "SDXL in 4 steps",
    ),
    ListedModel(
        "redmond",
        "hf:artificialguybr/PixelArtRedmond/PixelArtRedmond-Lite64.safetensors",
        "PixelArtRedmond-Lite64.safetensors",
        None,
        None,
        "creativeml-openrail-m",
        "pixel art, called by 'Pixel Art, PixArFK'",
    ),
)


def listed(name: str) -> ListedModel | None:
    """The model of a short name."""
    return next((one for one in SHORT_LIST if one.name == name), None)
