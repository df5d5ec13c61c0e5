# Countermark: `make` alone lists the commands.
.DEFAULT_GOAL := help
.PHONY: help run test chaos mutants clients lint format screenshots clean

BIN := .venv/bin
# Every process of a run and of the tests would compile all sources anew: a second each.
unexport PYTHONDONTWRITEBYTECODE
# Test processes side by side. More than two processors need not be there: each waits for servers,
# browsers and leases for half of its time.
TEST_PROCESSES ?= 3
# Arguments for pytest: make test ARGS="-k upload"
ARGS ?=

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: .venv/ready-to-run ## Run everything on this machine: database, queue, workers, web
	@exec $(BIN)/python -m deploy.local run --stop-with-parent

test: .venv/ready-to-develop ## Run all tests, on a real PostgreSQL and Valkey
	@$(BIN)/python -m pytest -n $(TEST_PROCESSES) --dist worksteal $(ARGS)

chaos: .venv/ready-to-develop ## Break things on purpose: a line per promise (ARGS="--short")
	@$(BIN)/python -m bench.chaos --at-once 2 $(ARGS)

mutants: .venv/ready-to-develop ## See whether the tests notice a broken product
	@$(BIN)/python bench/mutants.py

clients: .venv/ready-to-develop ## Make the API's clients of docs/openapi.json, packed into var/clients
	@mkdir -p var/clients
	@$(BIN)/python clients/python/generate.py
	@cd clients/python && ../../$(BIN)/python -m hatchling build -t wheel -d ../../var/clients
	@cd clients/cli && ../../$(BIN)/python -m hatchling build -t wheel -d ../../var/clients
	@if command -v npm >/dev/null; then \
		cd clients/typescript && npm ci --ignore-scripts --no-audit --no-fund \
		&& npm run build && npm pack --ignore-scripts --pack-destination ../../var/clients; \
	else echo "No npm on this machine: the TypeScript client is not made."; fi

lint: .venv/ready-to-develop ## Check style, types, import directions, migrations and the API schema
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	@$(MAKE) --no-print-directory lint-django

lint-django: export DJANGO_SETTINGS_MODULE := config.settings_lint
lint-django:
	$(BIN)/python manage.py check --fail-level WARNING
	@# The warning filtered is that there is no database to compare with: the files are enough.
	$(BIN)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py spectacular --validate --fail-on-warn --file /dev/null

format: .venv/ready-to-develop ## Format the code and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

screenshots: .venv/ready-to-develop ## Photograph every page into var/screenshots, to be looked at
	@$(BIN)/python -m pytest --quiet documents/tests/browser/screenshots.py

clean: ## Remove the environment and everything generated; keep the data in var/
	rm -rf .venv staticfiles .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -not -path './var/*' -prune -exec rm -rf {} +

.venv/ready-to-run: requirements.txt requirements-local.txt
	@PYTHON="$(PYTHON)" sh deploy/virtual_environment.sh requirements-local.txt
	@touch $@

.venv/ready-to-develop: requirements.txt requirements-local.txt requirements-dev.txt
	@PYTHON="$(PYTHON)" sh deploy/virtual_environment.sh requirements-dev.txt
	@touch $@ .venv/ready-to-run
