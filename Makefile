# The words of the project: setup demo test check bench. Each does its own set-up.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
WORKERS ?= 0

# A data mirror that lies beside the checkout is used where none is named (docs/datasets.md).
ifneq ($(wildcard ../shared/data/README.md),)
export FLEETING_MIRROR ?= $(abspath ../shared/data)
endif
export MPLBACKEND := Agg

.PHONY: setup demo test test-slow stress check fmt bench leaderboard docs clean

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit("Fleeting needs Python 3.11 or newer, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else 0'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python $(if $(PIP_FIND_LINKS),--find-links "$(PIP_FIND_LINKS)") \
		-c constraints.txt -e '.[all,dev]'
	touch $(READY)

demo: $(READY)
	$(BIN)/fleeting synthesize recipes/demo.toml --out runs/demo/data/seed-0 --workers $(WORKERS)
	$(BIN)/fleeting verify runs/demo/data/seed-0
	$(BIN)/fleeting inspect runs/demo/data/seed-0 --out runs/demo/data/seed-0.html
	$(BIN)/fleeting train recipes/demo.toml --out runs/demo --workers $(WORKERS)

test: $(READY)
	$(BIN)/pytest -q -n 2 -m "not slow"

test-slow: $(READY)
	$(BIN)/pytest -q -m slow

stress: $(READY)
	$(BIN)/python tests/stress/kills.py 50

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fmt: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(READY)
	$(BIN)/python benchmarks/run_all.py

leaderboard: leaderboard.toml video-board.toml cdmer-board.toml
	cp runs/leaderboard/leaderboard.md docs/leaderboard.md
	cp runs/video-board/leaderboard.md docs/leaderboard_video.md
	cp runs/cdmer-board/leaderboard.md docs/leaderboard_cdmer.md

%board.toml: $(READY)
	$(BIN)/fleeting leaderboard recipes/$@ --out runs/$(basename $@) --workers $(WORKERS)

docs: $(READY)
	$(BIN)/python -m fleeting.cli.reference > docs/cli.md

clean:
	rm -rf $(VENV) runs data .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
