"""`pixels-mcp doctor`: what is there, what is missing, and what to do about it."""

from __future__ import annotations

from typing import Annotated

import typer

from pixels_mcp.cli.output import EXIT_FAILED, print_json, print_result


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False) -> None:
    """Say what is there and what is missing; starts nothing.

    Driver, memory, models, sockets, worker, stores, game. Exit code 1 where something must be mended.
    """
    from pixels_mcp.cli.setup.checks import Finding, examine

    findings: list[Finding] = []
    for finding in examine():
        findings.append(finding)
        if not as_json:
            print_result(f"{finding.level:<4}  {finding.check:<10}  {finding.fact}")
            if finding.next:
                print_result(f"{'':<4}  {'':<10}  -> {finding.next}")
    failed = [finding.check for finding in findings if finding.level == "fail"]
    if as_json:
        print_json({"healthy": not failed, "findings": [finding.as_dict() for finding in findings]})
    if failed:
        raise typer.Exit(EXIT_FAILED)
