# make run starts Taxon, make test checks it. Nothing is needed but Python 3.11 or newer and make.

PYTHON ?= python3
VENV   ?= .venv
PORT   ?= 8501

BIN := $(VENV)/bin
FIND_PORT := import socket; print(next(p for p in range($(PORT), $(PORT) + 100) if socket.socket().connect_ex(("127.0.0.1", p))))
CHECK_PYTHON := import sys; sys.version_info >= (3, 11) or sys.exit("Taxon needs Python 3.11 or newer, this is " + sys.version.split()[0] + ". Name another one: make PYTHON=python3.12")

.PHONY: help run test lint bench bench-effort screenshots soak clean
.DELETE_ON_ERROR:

help:
	@echo "make run          start Taxon on 127.0.0.1 (PORT=$(PORT) or the next free one)"
	@echo "make test         style and all tests"
	@echo "make bench        measure speed and quality"
	@echo "make bench-effort measure how few acts of a person a collection takes (hours)"
	@echo "make screenshots  every page, both themes, two sizes"
	@echo "make soak         the tests that take hours: kills, power cuts, failing disks (TAXON_SOAK=0.1 a tenth)"
	@echo "make clean        remove what these commands made, never a project"

run: $(VENV)/.installed
	@port=$$($(BIN)/python -c '$(FIND_PORT)') && \
	echo "Taxon: http://127.0.0.1:$$port  (Ctrl+C stops it; everything you did stays)" && \
	exec $(BIN)/python -m streamlit run app/main.py --server.address 127.0.0.1 --server.port $$port --server.headless true

test: lint
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

lint: $(VENV)/.installed-dev
	$(BIN)/python -m ruff check .

bench: $(VENV)/.installed-dev
	set -e; for script in tests/bench/bench_*.py; do echo "== $$script"; PYTHONPATH=. $(BIN)/python $$script; done

bench-effort: $(VENV)/.installed-dev
	$(BIN)/python -m tests.bench.effort.run
	$(BIN)/python -m tests.bench.effort.fakes
	$(BIN)/python -m tests.bench.effort.report

screenshots: $(VENV)/.installed-dev
	PYTHONPATH=. $(BIN)/python tests/browser/screenshots.py

soak: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -m slow -s -o faulthandler_timeout=0

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis tests/browser/output
	find core app tests assets -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp older than its list of libraries means that the list has changed since.
$(VENV)/.installed: requirements.txt $(VENV)/.made
	@echo "Installing the libraries: some minutes, only the first time."
	$(BIN)/python -m pip install --disable-pip-version-check --no-input -r $<
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	$(BIN)/python -m pip install --disable-pip-version-check --no-input --quiet -r $<
	@touch $@

$(VENV)/.made:
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is not installed. Install Python 3.11 or newer." >&2; exit 1; }
	@$(PYTHON) -c '$(CHECK_PYTHON)'
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "No environment could be made; on Debian: apt install python3-venv" >&2; exit 1; }
	@touch $@
