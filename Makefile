.PHONY: test test-all lint sizes format bench docs

test: ## all tests but the slow ones
	pytest

test-all: ## the slow ones too
	pytest -m ""

lint: sizes ## what CI checks beside the tests
	ruff check
	ruff format --check
	mypy
	lint-imports

sizes: ## how long functions and files are, and whether any is too long
	python .ci/sizes.py

format:
	ruff check --fix
	ruff format

bench: ## every figure of the README, on this machine
	set -e; for script in benchmarks/*.py; do echo "== $$script"; python $$script; done

docs: ## the site in site/, with no network; a broken link is an error
	python -m sphinx -W --keep-going -q -c docs -d build/doctrees . site
	@echo "open site/index.html"
