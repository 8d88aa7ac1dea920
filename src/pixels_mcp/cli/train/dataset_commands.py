"""`pixels-mcp dataset`: a person's own pictures as a set to train on, redraw from and measure against."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pixels_mcp.cli.output import note, notes, print_json, print_result

if TYPE_CHECKING:
    from pixels_mcp.datasets.check import SetFinding
    from pixels_mcp.datasets.dataset import Dataset
    from pixels_mcp.models.entry import ModelEntry

app = typer.Typer(
    no_args_is_help=True,
    help="Your own pictures as a set: prepare it, check it, caption it, export it.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
SetFolder = Annotated[Path, typer.Argument(help="A set that `dataset prep` made.", metavar="SET")]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@app.command("prep")
def prep(
    source: Annotated[Path, typer.Argument(help="Folder or zip of PNG, GIF, Aseprite sheets; captions beside.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The set's folder, to be made.", metavar="SET")],
    license_name: Annotated[
        str | None, typer.Option("--license", help="License of the pictures, for example CC0-1.0.")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Make a set anew; captions that somebody wrote stay.")
    ] = False,
    as_json: _Json = False,
) -> None:
    """Recover, sort out and caption pictures, hold a tenth out, and write the set with its report."""
    from pixels_mcp.cli.output import draws_well
    from pixels_mcp.datasets.check import check_set
    from pixels_mcp.datasets.prepare import prepare_set
    from pixels_mcp.datasets.report import write_report

    def make(told: Callable[[str], None] | None) -> Dataset:
        return prepare_set(source, output, license_name=license_name, replace_set=replace, told=told)

    if draws_well():
        with notes().status("reading pictures") as status:
            dataset = make(lambda name: status.update(f"reading {name}"))
    else:
        dataset = make(None)
    findings = check_set(output, dataset)
    report = write_report(output, dataset, findings)
    if as_json:
        print_json(
            {
                "set": str(output),
                "pictures": len(dataset.pictures),
                "held_out": len(dataset.pictures) - len(dataset.trained()),
                "canvases": {str(side): count for side, count in dataset.canvases().items()},
                "left_out": [one.model_dump() for one in dataset.left_out],
                "findings": [{"level": one.level, "text": one.text} for one in findings],
                "report": str(report),
            }
        )
        return
    sizes = ", ".join(f"{count} of {side} px" for side, count in dataset.canvases().items())
    held_out = len(dataset.pictures) - len(dataset.trained())
    print_result(f"{output}: {len(dataset.pictures)} pictures ({sizes}), {held_out} held out")
    if dataset.left_out:
        note(f"{len(dataset.left_out)} pictures were left out; {report} says why")
    _tell(findings)
    note(f"look at {report}")
    note(f"next: pixels-mcp train lora {output} --name NAME")


@app.command("check")
def check(
    folder: SetFolder,
    base: Annotated[
        str | None, typer.Option("--base", help="The model that is to be trained.", metavar="MODEL")
    ] = None,
    as_json: _Json = False,
) -> None:
    """Say what will go wrong with a set, with numbers; exit code 1 where it cannot be trained on."""
    from pixels_mcp.datasets.check import check_set
    from pixels_mcp.datasets.dataset import read_set

    findings = check_set(folder, read_set(folder), _base(base))
    if as_json:
        print_json([{"level": one.level, "text": one.text} for one in findings])
    else:
        _tell(findings)
    if any(one.level == "stop" for one in findings):
        raise typer.Exit(1)


@app.command("caption")
def caption(
    folder: SetFolder,
    text: Annotated[
        list[str] | None, typer.Argument(help="NUMBER=TEXT, as many as wanted; none lists them.", metavar="[N=TEXT]...")
    ] = None,
    as_json: _Json = False,
) -> None:
    """Show the captions of a set, or write some; an assistant does it by itself with dataset_sheet."""
    from pixels_mcp.datasets.captioning import uncaptioned, with_captions
    from pixels_mcp.datasets.dataset import read_set, write_set

    dataset = read_set(folder)
    if text:
        dataset = with_captions(dataset, dict(_numbered(one) for one in text), "person")
        write_set(folder, dataset)
    if as_json:
        print_json({str(n): one.caption for n, one in enumerate(dataset.pictures, start=1)})
        return
    for number, one in enumerate(dataset.pictures, start=1):
        print_result(f"{number:>4}  {one.caption or '(none)':<40} {one.caption_author:<10} {one.source}")
    note(f"{len(uncaptioned(dataset))} of {len(dataset.pictures)} captions come from names and colors alone")


@app.command("export")
def export(
    folder: SetFolder,
    output: Annotated[Path, typer.Option("--output", "-o", help="A new folder.")],
    form: Annotated[str, typer.Option("--as", help="kohya: enlarged PNGs with a .txt beside each.")] = "kohya",
    trigger: Annotated[str, typer.Option(help="First words of every caption.")] = "pixelstyle",
    repeats: Annotated[
        int, typer.Option(help="How often a trainer shows each picture in a pass.", min=1, max=1000)
    ] = 10,
) -> None:
    """Write a set for another trainer; the held-out tenth stays out."""
    from pixels_mcp.datasets.dataset import read_set
    from pixels_mcp.datasets.kohya_export import export_kohya
    from pixels_mcp.errors import InvalidArgumentError

    if form != "kohya":
        raise InvalidArgumentError(f"there is no form {form!r}", hint="--as kohya")
    print_result(str(export_kohya(folder, read_set(folder), output, trigger=trigger, repeats=repeats)))


def _tell(findings: list[SetFinding]) -> None:
    for finding in findings:
        print_result(f"{finding.level}: {finding.text}")


def _base(name: str | None) -> ModelEntry | None:
    from pixels_mcp.cli.models.model_commands import registry_of_settings

    return None if name is None else registry_of_settings()[0].find(name)


def _numbered(words: str) -> tuple[int, str]:
    from pixels_mcp.errors import InvalidArgumentError

    number, sign, text = words.partition("=")
    if not sign or not number.strip().isdigit():
        raise InvalidArgumentError(f"{words!r} is no NUMBER=TEXT", hint='for example 3="red potion"')
    return int(number), text
