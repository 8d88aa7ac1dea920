"""`pixels-mcp models pull`, `remove` and `rollback`: what changes the models folder."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pixels_mcp.cli.output import draws_well, note, notes, print_json, print_result

if TYPE_CHECKING:
    from pixels_mcp.models.pull.pull_model import Pulled
    from pixels_mcp.models.pull.sites import Sites


def pull(
    address: Annotated[
        str,
        typer.Argument(
            help="A short name (`models list --available`), hf:OWNER/REPO/FILE, civitai:VERSION, or https://."
        ),
    ],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask about size and license.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Fetch a model, check its sum and what it is, and put it among the models; goes on where it was cut off."""
    from pixels_mcp.cli.models.model_commands import registry_of_settings
    from pixels_mcp.models.pull.pull_model import pull_model, target_name
    from pixels_mcp.models.pull.sites import find_offer

    registry, _ = registry_of_settings()
    offer = find_offer(address, sites_of_person())
    size = "unknown size" if offer.size_bytes is None else f"{offer.size_bytes / 2**20:,.0f} MiB"
    note(f"{offer.file_name}: {size}, license: {offer.license or 'none stated'}")
    note(f"from {offer.source} to {registry.models_dir} as {target_name(offer)}")
    note(
        "its site promises a sum, which is checked"
        if offer.sha256
        else "its site promises no sum: it cannot be checked"
    )
    if not yes and not typer.confirm("Fetch it under that license?", err=True):
        raise typer.Exit(1)
    pulled = _with_bar(lambda told: pull_model(offer, registry.models_dir, progress=told))
    if as_json:
        print_json(
            {
                "name": pulled.name,
                "kind": pulled.kind,
                "path": str(pulled.file),
                "sha256": pulled.sha256,
                "checked": pulled.checked,
                "license": offer.license,
                "previous": pulled.previous,
            }
        )
        return
    print_result(f"{pulled.name}: {pulled.file}")
    if pulled.previous:
        note(f"the former {pulled.name} is called {pulled.previous} now")
    words = {"checkpoint": f"--model {pulled.name}", "lora": f"--lora {pulled.name}"}.get(pulled.kind)
    if words:
        note(f'next: pixels-mcp generate "a ruby potion" {words}')


def remove(
    name: Annotated[str, typer.Argument(help="A name from `models list`.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove a model, LoRA or VAE with its card from the models folder; a link's target stays.

    What a job needs that has not ended is kept; a worker that has it loaded lets it go first.
    """
    from pixels_mcp.cli.models.model_commands import registry_of_settings
    from pixels_mcp.cli.models.model_uses import check_no_job_needs, let_worker_go, names_that_need
    from pixels_mcp.models.removing import files_to_remove, remove_files
    from pixels_mcp.paths import find_paths
    from pixels_mcp.settings import load_settings

    registry, default_model = registry_of_settings()
    files = files_to_remove(registry, name)
    users = names_that_need(registry, name)
    check_no_job_needs(paths := find_paths(), default_model, users)
    for file in files:
        note(str(file))
    if not yes and not typer.confirm(f"Remove {'it' if len(files) == 1 else 'them'}?", err=True):
        raise typer.Exit(1)
    check_no_job_needs(paths, default_model, users)  # the question may have stood for long
    let_worker_go(paths, load_settings(paths), users)
    print_result(f"{remove_files(files) / 2**20:,.1f} MiB are free again")


def rollback(name: Annotated[str, typer.Argument(help="A LoRA that was trained or fetched again.")]) -> None:
    """Bring the former model of a name back; both change names, so twice is as before."""
    from pixels_mcp.cli.models.model_commands import registry_of_settings
    from pixels_mcp.models.model_registry import FOLDERS
    from pixels_mcp.models.previous import previous_name, roll_back

    registry, _ = registry_of_settings()
    there = [registry.models_dir / folder for folder in FOLDERS]
    folder = next((one for one in there if (one / f"{previous_name(name)}.safetensors").is_file()), there[1])
    roll_back(folder, name)
    print_result(f"{name} is the former one again, what it was is called {previous_name(name)}")


def print_available() -> None:
    """Print the short list."""
    from pixels_mcp.models.pull.short_list import SHORT_LIST

    for one in SHORT_LIST:
        size = "" if one.size_bytes is None else f"{one.size_bytes / 2**20:,.0f} MiB"
        print_result(f"{one.name:<18}{size:>11}  {one.license:<32}{one.about}")
    note("`models pull NAME` fetches one; what else is named by hf:, civitai: or https://")


def sites_of_person() -> Sites:
    """The sites, with the tokens that the environment or the hub's own login holds."""
    from pixels_mcp.models.pull.sites import Sites

    hub = os.environ.get("HF_ENDPOINT", "https://huggingface.co")
    return Sites(
        hub=hub,
        hub_token=os.environ.get("HF_TOKEN") or _kept_token(),
        civitai_token=os.environ.get("CIVITAI_TOKEN"),
    )


def _kept_token() -> str | None:
    """The token that `hf auth login` wrote."""
    home = Path(os.environ.get("HF_HOME", Path.home() / ".cache" / "huggingface"))
    try:
        return (home / "token").read_text("utf-8").strip() or None
    except (OSError, RuntimeError, UnicodeDecodeError):
        return None


def _with_bar(work: Callable[[Callable[[int, int | None], None]], Pulled]) -> Pulled:
    if not draws_well():
        return work(lambda _there, _total: None)
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=notes()) as progress:
        bar = progress.add_task("", total=None)
        return work(lambda there, total: progress.update(bar, completed=there, total=total))
