#!/usr/bin/env bash
# one_python.sh PYTHON newest|lowest: the suite on one Python, with the newest or the lowest versions that pyproject.toml allows.
# The tests that need a game, a window or a browser belong to `make test`; here they are left out.
set -euo pipefail
cd "$(dirname "$0")/.."
python=$1
resolution=$([[ ${2:-newest} == lowest ]] && echo lowest-direct || echo highest)
environment=.venvs/$(basename "$python")-${2:-newest}
uv venv --quiet --allow-existing --python "$python" "$environment"
UV_TORCH_BACKEND=${UV_TORCH_BACKEND:-cpu} uv pip install --quiet --python "$environment/bin/python" --resolution "$resolution" \
  --editable '.[worker,comfyui]' --group dev
"$environment/bin/python" -m pytest -m "not bevy and not display and not network"
