# One command for each thing people do here.
# Each installs what it needs first, from the hashed locks in requirements/, and does so only when they changed.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCKS := requirements/bootstrap.txt requirements/run.txt requirements/dev.txt
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--custom-compile-command "make lock"

# Makes the virtual environment hold exactly one lock, by uv where it works and by pip where it does not.
define install
	@echo "Installing $(1)"
	@$(BIN)/uv pip sync --quiet --require-hashes --compile-bytecode --python $(BIN)/python $(1) \
		|| { echo "uv did not manage, so pip installs $(1): this takes about a minute."; \
			$(BIN)/python -m pip install --quiet --require-hashes -r $(1); }
	$(link)
endef

# The project itself is linked, not copied, and needs neither the network nor a build environment for that.
define link
@$(BIN)/python -m pip install --quiet --no-index --no-build-isolation --no-deps --editable .
	@touch $(VENV)/link.stamp
endef

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help run test check fuzz matrix soak bench docs lock clean

help:  ## Print this list.
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-6s  %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/run.stamp $(VENV)/link.stamp  ## Start the service.
	$(BIN)/tradecore run

test: $(VENV)/dev.stamp $(VENV)/link.stamp  ## Run every test, on all cores.
	$(BIN)/python -m pytest --numprocesses auto tests

check: $(VENV)/dev.stamp $(VENV)/link.stamp  ## Check format, lint, types and the direction of imports.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fuzz: $(VENV)/dev.stamp $(VENV)/link.stamp  ## Let Hypothesis look for trouble in the engine, for long.
	HYPOTHESIS_PROFILE=night $(BIN)/python -m pytest tests/integration/test_engine_machine.py \
		tests/integration/test_engine_machine_alpaca.py tests/integration/test_alpaca_machine.py \
		tests/integration/test_projectx_machine.py

matrix: $(VENV)/dev.stamp $(VENV)/link.stamp  ## Kill a process at every boundary, and write what came of it into the promises.
	$(BIN)/python -m tests.kill matrix

soak: $(VENV)/dev.stamp $(VENV)/link.stamp  ## Kill and freeze processes at random moments, for an hour.
	$(BIN)/python -m tests.kill soak

bench: $(VENV)/dev.stamp $(VENV)/link.stamp  ## Measure how fast it is.
	$(BIN)/python -m benchmarks

docs: $(VENV)/dev.stamp $(VENV)/link.stamp  ## Write the generated parts of the documentation again.
	$(BIN)/python docs/generate.py

lock: $(VENV)/bootstrap.stamp  ## Choose the newest allowed versions and write the locks again.
	$(COMPILE) --upgrade requirements/bootstrap.in --output-file requirements/bootstrap.txt
	$(COMPILE) --upgrade pyproject.toml --extra server --extra alpaca --extra projectx --extra postgres --extra build \
		--output-file requirements/run.txt
	$(COMPILE) --upgrade pyproject.toml --all-extras --constraints requirements/run.txt \
		--output-file requirements/dev.txt
	@! grep -nE '://|--(extra-)?index|--find-links' $(LOCKS) || { echo "A lock names an address."; exit 1; }

clean:  ## Remove the environment, the caches and the builds; var/ stays.
	rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Without uv the rest still works, only slower; so a machine that has no uv to offer is no error.
$(VENV)/bootstrap.stamp: requirements/bootstrap.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "tradecore needs Python 3.11 or newer: make PYTHON=python3.12 ..."; exit 1; }
	$(BIN)/python -c '' 2>/dev/null || $(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --only-binary :all: --require-hashes -r requirements/bootstrap.txt \
		|| echo "uv is not to be had here, so pip does its work."
	@touch $@

$(VENV)/run.stamp: $(VENV)/bootstrap.stamp requirements/run.txt
	@rm -f $(VENV)/dev.stamp
	$(call install,requirements/run.txt)
	@touch $@

# The dev lock holds the run lock, so both stamps are good afterwards.
$(VENV)/dev.stamp: $(VENV)/bootstrap.stamp requirements/run.txt requirements/dev.txt
	$(call install,requirements/dev.txt)
	@touch $(VENV)/run.stamp $@

# A new version or script name asks for a new link, but for no new packages.
$(VENV)/link.stamp: pyproject.toml
	$(link)
