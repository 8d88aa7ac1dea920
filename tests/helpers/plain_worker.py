"""A real worker process that draws with `PlainEngine`: `python tests/helpers/plain_worker.py '{"step_s": 0.1}'`."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path

from pixels_mcp.errors import PixelsError
from pixels_mcp.paths import Paths, find_paths
from pixels_mcp.settings import load_settings

MODEL = "plain"


def plain_worker_command(**options: object) -> tuple[str, ...]:
    """The command that starts such a worker; `options` are `PlainEngine`'s, and `still_s`: after so long without a move
    the worker tells that its engine stands still."""
    return (sys.executable, str(Path(__file__).resolve()), json.dumps(options))


def install_plain_model(paths: Paths, name: str = MODEL) -> None:
    """Put a model that draws 32 x 32 pixels natively into the person's models folder: configs only."""
    folder = paths.models / "checkpoints" / name
    for part, config in {
        "model_index.json": {"_class_name": "StableDiffusionXLPipeline", "_name_or_path": name},
        "unet/config.json": {"in_channels": 4, "cross_attention_dim": 64, "sample_size": 32},
        "vae/config.json": {"_class_name": "AutoencoderTiny", "encoder_block_out_channels": [4]},
    }.items():
        (folder / part).parent.mkdir(parents=True, exist_ok=True)
        (folder / part).write_text(json.dumps(config), "utf-8")


def main() -> None:
    """Be the worker."""
    from pixels_mcp.cli.worker.pairing_options import listen_at, tell_how_to_connect
    from pixels_mcp.wire.far.far_address import FarAddress
    from pixels_mcp.worker import engine_process
    from pixels_mcp.worker.service import run_worker

    logging.basicConfig(level=logging.INFO, format="%(asctime)s worker %(levelname)s %(name)s: %(message)s")
    paths = find_paths()
    options = json.loads(sys.argv[1])
    engine_process.STILL_S = options.pop("still_s", engine_process.STILL_S)
    listen, pair = options.pop("listen", None), options.pop("pair", False)
    engine = (sys.executable, "-c", ENGINE, str(Path(__file__).resolve().parents[1]), json.dumps(options))
    try:
        listening = listen_at(paths, listen, pair=pair) if listen else None

        def tell(address: FarAddress) -> None:
            tell_how_to_connect(paths, address, listening, pair=pair)

        settings = load_settings(paths)
        sys.exit(run_worker(paths, settings, engine_command=engine, listening=listening, tell_address=tell))
    except PixelsError as error:
        sys.stderr.write(f"error: {error}\n")
        sys.exit(1)


ENGINE = """
import json, sys
sys.path.insert(0, sys.argv[1])
from helpers.plain_engine import PlainEngine
from pixels_mcp.worker.engine_host import connect_to_worker, serve_engine
worker, _ = connect_to_worker(sys.argv[3:])
serve_engine(lambda: PlainEngine(**json.loads(sys.argv[2])), worker)
"""

if __name__ == "__main__":
    main()
