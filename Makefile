# Two commands: `make demo` makes a map of a real country, `make test` runs all checks.
# Both make their own environment in .venv and need nothing but Python 3.11+, pip and make.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
STUDY ?= data/liechtenstein
VENV := .venv
BIN := $(VENV)/bin
PIP := -m pip --disable-pip-version-check

.PHONY: demo test lint types imports tests docs picture clean

demo: $(VENV)/.installed
	$(BIN)/servicemap run $(STUDY) --out maps/$(notdir $(STUDY))
	@echo "Open maps/$(notdir $(STUDY))/map.html in a browser."

test: lint types imports tests

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed-dev
	$(BIN)/mypy

imports: $(VENV)/.installed-dev
	$(BIN)/lint-imports

tests: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n 2 --dist loadfile

# What `servicemap --help` says, as a page; a test fails when it is out of date.
docs: $(VENV)/.installed-dev
	$(BIN)/python docs/make_cli.py

# The picture of the README: today's map of the real study, in headless Chromium.
picture: $(VENV)/.installed-dev
	SERVICEMAP_PICTURES=1 $(BIN)/python -m pytest -q tests/test_figures_agree.py -k "picture and liechtenstein"

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache

# Debian splits the module venv off Python: without it, an environment without pip is
# made and filled from outside.
$(VENV)/.made:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; name it: make PYTHON=/path/to/python3"; exit 2; }
	$(PYTHON) -m venv $(VENV) 2>/dev/null || $(PYTHON) -m venv --clear --without-pip $(VENV)
	@touch $@

INSTALL = if [ -x $(BIN)/pip ]; then $(BIN)/python $(PIP) install --quiet -c constraints.txt -e $(1); \
	else $(PYTHON) $(PIP) --python $(BIN)/python install --quiet -c constraints.txt -e $(1); fi

$(VENV)/.installed: $(VENV)/.made pyproject.toml constraints.txt
	$(call INSTALL,".")
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.made pyproject.toml constraints.txt
	$(call INSTALL,".[dev]")
	@touch $@ $(VENV)/.installed
