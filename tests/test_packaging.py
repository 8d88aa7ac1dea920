"""The wheel and the source archive: light, complete, taken by an index, and able to serve where nothing else is."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from packaging.metadata import Metadata

from helpers.toolchains import REPOSITORY, need_program
from pixels_mcp import __version__

WHEEL_BYTES_MAX = 70 * 1024**2
HEAVY = ("torch", "diffusers", "transformers", "peft", "accelerate")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with both, as a release makes them."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, timeout=120)
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (file,) = built.glob("*.whl")
    return file


def metadata_of(wheel: Path) -> str:
    archive = zipfile.ZipFile(wheel)
    (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
    return archive.read(name).decode()


def test_the_wheel_carries_the_embedded_model_and_its_credits(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())

    model = "pixels_mcp/models/mini"
    assert f"{model}/model_index.json" in names
    assert f"{model}/unet/diffusion_pytorch_model.safetensors" in names
    assert f"{model}/exemplars/ARTISTS.md" in names
    assert "pixels_mcp/py.typed" in names


def test_the_base_install_asks_for_no_deep_learning_package(wheel: Path) -> None:
    lines = metadata_of(wheel).splitlines()
    required = [line.removeprefix("Requires-Dist: ") for line in lines if line.startswith("Requires-Dist: ")]

    base = [line for line in required if "extra ==" not in line]
    assert not [line for line in base if line.startswith(HEAVY)]
    assert {name for name in HEAVY if any(line.startswith(name) for line in required)} == set(HEAVY)


def test_an_index_takes_both_files_and_neither_is_heavy(built: Path, wheel: Path) -> None:
    (archive,) = built.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        (member,) = (one for one in opened.getmembers() if one.name.count("/") == 1 and one.name.endswith("/PKG-INFO"))
        source = opened.extractfile(member)
        assert source is not None
        told_in_archive = source.read().decode()
        inside = {one.name.split("/", 1)[1] for one in opened.getmembers() if one.isfile()}
    told = Metadata.from_email(metadata_of(wheel).encode())  # refuses what an index would

    assert told_in_archive == metadata_of(wheel)
    assert told.description_content_type == "text/markdown"
    assert told.description is not None
    assert told.description.startswith("# pixels-mcp")
    assert {"pyproject.toml", "hatch_build.py", "README.md", "LICENSE"} <= inside  # what a wheel is built from
    assert not [name for name in inside if name.startswith(("tests/", "bench/", ".github/"))]
    assert max(file.stat().st_size for file in (archive, wheel)) < WHEEL_BYTES_MAX


@pytest.mark.network
def test_serve_runs_from_the_wheel_in_a_clean_environment(wheel: Path, tmp_path: Path, home: Path) -> None:
    uv = need_program_in_venv("uv")
    environment = tmp_path / "env"
    python = environment / "bin" / "python"
    run([uv, "venv", "--quiet", "--python", sys.executable, str(environment)])
    run([uv, "pip", "install", "--quiet", "--python", str(python), str(wheel)])

    assert run([str(python), "-c", "import importlib.util as u; print(u.find_spec('torch'))"]) == "None"

    async def list_tool_names() -> list[str]:
        server = StdioServerParameters(
            command=str(environment / "bin" / "pixels-mcp"),
            args=["serve"],
            env={"PATH": os.environ["PATH"], "PIXELS_HOME": str(home)},
            cwd=str(tmp_path),
        )
        async with stdio_client(server) as (read, write), ClientSession(read, write) as session:
            await session.initialize()
            return [tool.name for tool in (await session.list_tools()).tools]

    assert "generate_sprite" in asyncio.run(list_tool_names())


def test_one_version_stands_in_the_package_the_wheel_and_the_crate(wheel: Path) -> None:
    crate = tomllib.loads((REPOSITORY / "bevy_bridge" / "Cargo.toml").read_text("utf-8"))

    assert wheel.name.split("-")[1] == __version__
    assert crate["workspace"]["package"]["version"] == __version__


def test_the_readme_of_an_index_has_links_that_lead_there() -> None:
    spec = importlib.util.spec_from_file_location("hatch_build", REPOSITORY / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    hook = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(hook)

    text = "[sets](docs/sets.md) ![a](docs/a.png) [here](#here) [there](https://example.org/x)"
    assert hook.with_absolute_links(text, "") == text
    assert hook.with_absolute_links(text, "https://example.org/p/blob/main/") == (
        "[sets](https://example.org/p/blob/main/docs/sets.md) ![a](https://example.org/p/blob/main/docs/a.png) "
        "[here](#here) [there](https://example.org/x)"
    )


def test_workflows_are_valid_and_the_debian_list_is_read_by_both() -> None:
    workflows = sorted((REPOSITORY / ".github" / "workflows").glob("*.yml"))
    check = Path(sys.executable).parent / "check-jsonschema"
    assert workflows
    run([str(check), "--builtin-schema", "vendor.github-workflows", *map(str, workflows)])

    for reader in (REPOSITORY / ".ci" / "run", REPOSITORY / ".github" / "workflows" / "test.yml"):
        assert "ops/debian_packages.txt" in reader.read_text("utf-8")


def need_program_in_venv(name: str) -> str:
    beside = Path(sys.executable).parent / name
    return str(beside) if beside.exists() else need_program(name, f"pip install {name}")


def run(command: list[str]) -> str:
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
