# Two commands to know: `make run` and `make test`. Both install what is missing first.
PYTHON ?= python3
VENV = .venv/bin
INSTALL = $(PYTHON) -I notifications_platform/runtime/install.py
CHECK = $(VENV)/python .ci/check.py
LOCK = $(VENV)/uv pip compile --quiet --python-version 3.11 --universal --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-annotate --custom-compile-command "make lock"
# Settings for tools that load Django without running anything.
NOWHERE = SANDBOX=1 VAR_DIR=.venv/lint DATABASE_URL=postgresql://127.0.0.1:1/none

.PHONY: help run test lint bench prove faults audit openapi messages lock clean python local dev browser pictures

help: ## what can be made
	@grep -E '^[a-z]+:.*## ' Makefile | sed 's/:.*## /	/' | expand -t 10

run: local ## the whole platform on this machine, with a first notification (Ctrl-C stops it)
	@$(VENV)/python -m notifications_platform.runtime

test: dev browser ## the whole test suite, on a PostgreSQL and a Valkey of its own
	@$(VENV)/python -m tests.side_by_side

lint: dev ## format, lint, types, import contracts, missing migrations
	@$(CHECK) "Format" ".venv/bin/ruff format ." $(VENV)/ruff format --check --quiet .
	@$(CHECK) "Lint" ".venv/bin/ruff check --fix ." $(VENV)/ruff check --quiet .
	@$(CHECK) "Types" "correct them" env $(NOWHERE) $(VENV)/mypy --no-error-summary .
	@$(CHECK) "Import contracts" "import downward only, see pyproject.toml" $(VENV)/lint-imports
	@$(CHECK) "Migrations" ".venv/bin/python manage.py makemigrations" \
		env $(NOWHERE) $(VENV)/python -W ignore manage.py makemigrations --check --dry-run

bench: dev ## how fast it is, on this machine
	@$(VENV)/python -m benchmarks.speed

prove: dev ## the promises of bench and faults in short, as CI does
	@$(VENV)/python -m benchmarks.speed --short flow sizes
	@$(VENV)/python -m benchmarks.faults --short kills database

faults: dev ## what survives kills and outages
	@$(VENV)/python -m benchmarks.faults

audit: dev ## known holes in dependencies, secrets in the tree (needs the internet)
	@$(CHECK) "Dependencies" "raise the pins in pyproject.toml, then make lock; or get online" \
		$(VENV)/python .ci/audit_dependencies.py
	@$(CHECK) "Secrets" "take them out, and replace them where they are in use" \
		$(VENV)/python .ci/find_secrets.py

openapi: dev ## write docs/openapi anew from the views
	@for app in cases enrollment; do \
		env $(NOWHERE) $(VENV)/python -W ignore manage.py spectacular --validate --fail-on-warn \
			--urlconf $$app.api.document --custom-settings $$app.api.document.SETTINGS \
			--format openapi-json --file docs/openapi/$$app.json || exit 1; \
	done

messages: dev ## bring the Norwegian texts of the back office up to the code
	@env $(NOWHERE) $(VENV)/python -W ignore manage.py shell --no-imports -v0 \
		-c "from tests.languages.writing import main; main()"

lock: dev ## pin the requirements anew from pyproject.toml
	@$(LOCK) pyproject.toml --output-file requirements.txt
	@$(LOCK) pyproject.toml --extra local --output-file requirements-local.txt
	@$(LOCK) pyproject.toml --extra s3 --output-file requirements-s3.txt
	@$(LOCK) pyproject.toml --extra local --extra dev --output-file requirements-dev.txt
	@$(LOCK) benchmarks/peer-requirements.in --output-file benchmarks/peer-requirements.txt

clean: ## removes .venv and caches; var/ with its data stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Looking for Python failed: $(PYTHON) is missing or older than 3.11." \
			"To mend it: install Python 3.11 or newer, or name one: make PYTHON=python3.12 run"; \
		exit 1; }

local: python
	@$(INSTALL) local

dev: python
	@$(INSTALL) dev

browser: dev
	@$(VENV)/python -m tests.browser.chromium

pictures: dev browser
	@env $(NOWHERE) $(VENV)/python -W ignore manage.py shell --no-imports -v0 \
		-c "from tests.browser.pictures import main; main()"
