.PHONY: test test-all lint format bench

test: ## all tests but the slow ones
	pytest

test-all: ## the slow ones too
	pytest -m ""

lint: ## what CI checks beside the tests
	ruff check
	ruff format --check
	mypy
	lint-imports

format:
	ruff check --fix
	ruff format

bench: ## every figure of the README, on this machine
	set -e; for script in benchmarks/*.py; do echo "== $$script"; python $$script; done
