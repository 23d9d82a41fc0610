# make demo   install, run both main jobs on sample_data/, leave models and pictures in out/
# make test   install what tests need and pass them
# make check  lint, types, layers
# make bench  ours beside the peers; BENCH='isosurfaces --repetitions 5' runs a part
PYTHON ?= python3
VENV ?= .venv
OUT ?= out
BIN := $(VENV)/bin
RECON := $(BIN)/recon
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
VALIDATORS := tests/validators

.PHONY: demo install test install-test validators check bench clean

demo: install
	@RECON="$(RECON)" OUT="$(OUT)" sh sample_data/demo.sh

install: $(VENV)/.installed
$(VENV)/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("recon-toolkit needs Python 3.11 or newer, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing into $(VENV) (some minutes on a slow line)"
	@$(PIP) -e .
	@touch $@

install-test: $(VENV)/.installed-test validators
$(VENV)/.installed-test: $(VENV)/.installed
	@$(PIP) -e '.[dev]'
	@touch $@

# Other people's validators of glTF and IFC run on Node.js; without it those tests skip with a reason.
validators:
	@if command -v npm >/dev/null 2>&1; then \
	  cd $(VALIDATORS) && npm install --silent --no-audit --no-fund --no-package-lock; \
	else echo "npm is not here: tests that need glTF or IFC validators will be skipped"; fi

test: install-test
	@$(BIN)/python -m pytest -q -n auto --dist loadfile --max-worker-restart=0

check: install-test
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(VENV)/.installed-bench
	@$(BIN)/python -m benchmarks $(BENCH)

$(VENV)/.installed-bench: $(VENV)/.installed
	@$(PIP) -e '.[bench]'
	@touch $@

clean:
	rm -rf $(VENV) $(OUT) build *.egg-info $(VALIDATORS)/node_modules
