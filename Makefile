# make sprite   set up and draw "a ruby potion" on the CPU, offline
# make test     set up and run every check; make coverage: which lines the tests ran
# make tui      the screens in this terminal
# make game     start the example game; make play: the whole story, from prompt to screen
# make gates    what other people's tools say of the server; make gates-all: and of coming requirements
# make faces    the tools' tests and the assistant's story over stdio and HTTP, in both eras
# make comfy    ComfyUI with an SDXL file, and an older ComfyUI
# make hostile  ten thousand hostile calls; make bundle: dist/pixels-mcp.mcpb
# make pythons  the suite on each installed Python that is claimed, and on the lowest versions of what it needs;
#               make pythons-quick: a part of it
# make lock     renew both requirements.lock from pyproject.toml
# make help     this list
#
# make init          set up, and say what is there and what is missing
# make worker        the worker in this terminal; Ctrl+C ends it and keeps its queue
# make debug         a worker that logs everything, and the screens; both end together
# make hw            what draws here, and how fast SDXL would be on it
# make validate-gpu  the same, and an error where there is no card that can draw
# make levers        compiled kernels on this CPU, against the plain way (minutes)
# make up            worker, Prometheus and Grafana in containers (docker compose, else podman-compose)
# make down          end them; the library stays in its volume
# make containers    build the worker's image, live with it and compose it, without an image registry (root on Debian)
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
UV := $(shell command -v uv 2>/dev/null || echo $(BIN)/uv)
PROMPT ?= a ruby potion
export CARGO_TARGET_DIR ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/pixels-mcp/cargo-target

.PHONY: sprite tui test coverage check setup game play gates gates-all faces comfy hostile bundle lock clean chaos noise soak pythons pythons-quick ray help init worker debug hw \
	validate-gpu levers up down containers
sprite: setup
	@$(BIN)/pixels-mcp generate "$(PROMPT)" --show

setup: .venv/.ready

# The lock holds every package with its hash. UV_TORCH_BACKEND=cpu (or cu130, rocm, ...) asks for a torch that the lock
# does not hold, so everything is then resolved anew.
.venv/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 ...") if sys.version_info < (3, 11) else None'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@command -v $(UV) >/dev/null || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@echo "installing into .venv (torch and its libraries take about 4.5 GB)" >&2
ifdef UV_TORCH_BACKEND
	$(UV) pip install --quiet --python $(BIN)/python --editable '.[worker,comfyui,ray]' --group dev
else
	$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
endif
	@touch $@

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/lint-imports --no-cache
	$(BIN)/deptry src

# Files of tests run side by side, one on each core. In CI a test that fails is tried once more, and told as `RERUN`: a
# disk that stands still for half a minute refuses no landing; what fails twice does.
test: check
	$(BIN)/pytest --numprocesses=auto --maxprocesses=4 --dist=loadfile --durations=25 $(if $(CI),--reruns=1)

# Where nobody looks: the whole suite, with the processes that it starts, and the lines that none of them ran.
# Tests of what is imported and of locks meet coverage's own database here; `make test` judges, so failures do not end it.
coverage: setup
	rm -f .coverage .coverage.*
	-$(BIN)/coverage run -m pytest -q --numprocesses=auto --maxprocesses=4 --dist=loadfile
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --fail-under=80

help:
	@sed -n 's/^# \(make .*\)/\1/p' $(firstword $(MAKEFILE_LIST))

init: setup
	@$(BIN)/pixels-mcp doctor

tui: setup
	@$(BIN)/pixels-mcp tui

worker: setup
	@$(BIN)/pixels-mcp worker

debug: setup
	@PIXELS_LOG_LEVEL=debug $(BIN)/pixels-mcp worker 2>/dev/null & worker=$$!; \
	trap 'kill $$worker 2>/dev/null; wait $$worker' EXIT; $(BIN)/pixels-mcp tui

hw: setup
	@$(BIN)/pixels-mcp hw

validate-gpu: setup
	@PIXELS_DEVICE=cuda $(BIN)/pixels-mcp hw

levers: setup
	PIXELS_TEST_BACKEND=inductor $(BIN)/pytest -q tests/engines/test_levers.py -k compiled --timeout 1800

# docker compose where there is one, else podman-compose, which uv brings along.
COMPOSE ?= $(shell docker compose version >/dev/null 2>&1 && echo docker compose || echo $(UV) tool run --quiet podman-compose==1.6.0)
COMPOSE_FILES := -f compose.yaml $(if $(shell command -v nvidia-smi),-f compose.gpu.yaml)
# Podman's own image format has no place for a health check, so it builds the other one.
up:
	BUILDAH_FORMAT=docker $(COMPOSE) $(COMPOSE_FILES) up --build --detach

down:
	$(COMPOSE) $(COMPOSE_FILES) down

containers: setup
	$(BIN)/python ops/container/try_worker.py
	$(BIN)/python ops/container/try_compose.py

game: setup
	cd examples/bevy_game && cargo run

play: setup
	$(BIN)/python examples/bevy_game/play.py

gates: setup
	$(BIN)/python gates/run.py

gates-all: setup
	$(BIN)/python gates/run.py --all

# The tools' tests once more over stdio and HTTP, in the era with a handshake and in the one without: the files that ask
# for a server in whichever way is asked; the others start servers of their own, and are the same each time.
faces: setup
	for face in stdio http; do for era in auto legacy; do echo "$$face, $$era"; \
		PIXELS_MCP_FACE=$$face PIXELS_MCP_ERA=$$era $(BIN)/pytest -q tests/stories/test_assistant_story.py \
		$$(grep -l 'server_here(' tests/mcp_server/test_*.py | grep -v hostile) || exit 1; done; done

hostile: setup
	PIXELS_HOSTILE_CALLS=10000 $(BIN)/pytest -q tests/mcp_server/test_hostile_calls.py

# Against a real ComfyUI: an SDXL file and an older server as well (every run of the tests draws with the small file).
comfy: setup
	$(BIN)/pytest -q tests/comfyui_wide.py

# A bundle that Claude Desktop opens: dist/pixels-mcp.mcpb
bundle: setup
	rm -rf build/mcpb && mkdir -p build/mcpb dist
	git archive HEAD pyproject.toml hatch_build.py README.md LICENSE src workflows | tar -x -C build/mcpb
	cp ops/mcpb/manifest.json build/mcpb/
	cd build/mcpb && $(abspath $(BIN))/python -m zipfile -c ../../dist/pixels-mcp.mcpb *

# What breaks: KILLS at random moments of a batch of 500 (SEED repeats a run), 100,000 malformed frames.
chaos: setup
	@$(BIN)/python tests/helpers/chaos.py

# Ten minutes: 10,000 parts wait, 50 clients ask one HTTP server, one reader never reads (SECONDS=60 for a short look).
soak: setup
	@$(BIN)/python bench/soak.py

noise: setup
	@PIXELS_FRAMES=$(or $(FRAMES),100000) $(BIN)/pytest -q tests/faults/test_noise.py -k malformed
# What depends on the interpreter most: stores, messages, schemas, files, pictures, command line.
QUICK_TESTS := tests/contracts tests/wire tests/jobs tests/library tests/importing tests/operations tests/cli/draw
pythons-quick: PART := $(QUICK_TESTS)
pythons-quick: pythons

pythons: setup
	for version in 3.11 3.12 3.13 3.14; do \
		python=$$($(UV) python find --offline "$$version" 2>/dev/null || \
			ls "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/$$version.*/bin/python3 2>/dev/null | tail -n 1); \
		[ -n "$$python" ] || { echo "Python $$version is not installed: left out"; continue; }; \
		PATH="$(abspath $(BIN)):$$PATH" ops/one_python.sh "$$python" newest $(PART) || exit 1; \
		[ "$$version" != 3.11 ] || \
			PATH="$(abspath $(BIN)):$$PATH" ops/one_python.sh "$$python" lowest $(PART) || exit 1; \
	done

# A Ray cluster of three machines on this one: 64 parts, one machine lost, one part cancelled.
ray: setup
	PIXELS_RAY=1 $(BIN)/pytest -q tests/stories/test_ray_cluster.py

lock:
	$(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
		--extra worker --extra comfyui --extra ray --group dev pyproject.toml --output-file requirements.lock
	sed -E 's/ \\$$//; /^ +--hash/d; /^ +#/d' requirements.lock | $(UV) pip compile --quiet --universal --generate-hashes \
		--no-emit-index-url --no-header --python-version 3.11 --constraints - ops/comfyui/server.in \
		--output-file ops/comfyui/server.lock

clean:
	rm -rf .venv dist build out
