# Everything that a person or a CI run does with this checkout. `make help` lists it.

PYTHON ?= $(shell tools/python oldest)
DEMO ?= 1
T ?=

.DEFAULT_GOAL := help
.PHONY: help run test lint bench lock clean

help: ## show this list
	@printf 'usage: make TARGET [NAME=VALUE]\n\n'
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1|\2/p' Makefile | while IFS='|' read -r name what; do printf '  %-8s %s\n' "$$name" "$$what"; done

run: .venv/.run ## Ischia with its demo on http://localhost:8000 (DEMO=0: empty; ISCHIA_PORT, ISCHIA_DATA)
	@exec tools/run $(DEMO)

test: .venv/.dev ## everything that CI runs (T=PATH: only that path, on SQLite)
	@exec tools/test $(T)

lint: .venv/.dev ## format, rules, types, import contracts, migrations
	@exec tools/lint

bench: .venv-bench/.bench ## measure, against the peers where there are any, and print tables (T=PATH: only that file)
	@exec tools/bench $(T)

lock: ## resolve requirements/*.lock again from pyproject.toml
	@exec tools/lock

clean: ## remove environments and caches; data/ stays
	@rm -rf .venv .venv-newest .venv-bench .venv-lock build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis test-results
	@find src tests bench tools -name __pycache__ -type d -prune -exec rm -rf {} +
	@echo 'clean'

# Stamps: an environment is made again when a lock or the package's own metadata changed. What `test` needs holds
# what `run` needs, so one environment serves both.
.venv/.run: requirements/run.lock requirements/demo.lock pyproject.toml
	@tools/venv .venv run '$(PYTHON)'

.venv/.dev: requirements/dev.lock requirements/demo.lock pyproject.toml
	@tools/venv .venv dev '$(PYTHON)'

.venv-bench/.bench: requirements/bench.lock requirements/demo.lock pyproject.toml
	@tools/venv .venv-bench bench '$(PYTHON)'
