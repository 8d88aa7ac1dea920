#!/usr/bin/env bash
# one_python.sh PYTHON newest|lowest [TESTS...]: the suite, or a part of it, on one Python, with the newest or the lowest
# versions that pyproject.toml allows. The tests that need a game, a window or a browser belong to `make test`; here they
# are left out. torch is its CPU build; with UV_TORCH_BACKEND empty it is what the package index has.
set -euo pipefail
cd "$(dirname "$0")/.."
python=$1
resolution=$([[ ${2:-newest} == lowest ]] && echo lowest-direct || echo highest)
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
environment=.venvs/$version-${2:-newest}
uv venv --quiet --allow-existing --python "$python" "$environment"
backend=${UV_TORCH_BACKEND-cpu}
unset UV_TORCH_BACKEND
uv pip install --quiet --python "$environment/bin/python" --resolution "$resolution" ${backend:+--torch-backend "$backend"} \
  --editable '.[worker,comfyui]' --group dev
"$environment/bin/python" -m pytest -m "not bevy and not display and not network" "${@:3}"
