# The one-word habits of this project. `make` alone prints them.

VENV := .venv
BIN := $(VENV)/bin
DATA ?= $(CURDIR)/.datalab
LAB_ARGS ?=
PEERS_ARGS ?= --rows 1e7
PYTEST_ARGS ?= -n 2 --dist loadgroup

export PATH := $(CURDIR)/$(BIN):$(PATH)
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD := 1
unexport VIRTUAL_ENV

ENVIRONMENT := $(VENV)/.environment
NODE_MODULES := node_modules/.yarn-state.yml
LABEXTENSION := jupyterlab_datalab/labextension/package.json
INSTALLED := $(VENV)/.installed
FRONT_END := $(shell find src style schema -type f 2>/dev/null) package.json scripts/bundle.js tsconfig.json
ALLOW_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)

.DEFAULT_GOAL := help
.PHONY: help setup lab test test-python test-js test-ui lint format bench bench-peers bench-ui docs demo screenshots clean

help: ## Show this text
	@echo "A Data Lab in JupyterLab. Start with: make lab"
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: $(INSTALLED) ## Make .venv with everything in it and build the front end

$(ENVIRONMENT): pyproject.toml scripts/environment.sh
	scripts/environment.sh $(VENV)
	@touch $@

$(NODE_MODULES): package.json yarn.lock $(ENVIRONMENT)
	jlpm install --immutable
	@touch $@

$(LABEXTENSION): $(FRONT_END) $(NODE_MODULES)
	@echo "Building the JupyterLab front end …"
	jlpm build:prod

$(INSTALLED): $(ENVIRONMENT) $(LABEXTENSION) install.json $(wildcard jupyter-config/*)
	uv pip install --quiet --python $(BIN)/python --no-build-isolation --no-deps --editable .
	jupyter-builder develop --overwrite .
	@touch $@

demo: $(INSTALLED) ## Make the demo sky in .datalab: real Gaia stars, OpenNGC, simulated surveys
	datalab-server demo --data "$(DATA)"

lab: $(INSTALLED) ## Open JupyterLab with the Data Lab panel on the first tutorial
	datalab-server demo --data "$(DATA)"
	jupyter lab notebooks/01_first_look.ipynb $(ALLOW_ROOT) \
		--LabApp.default_url=/lab/tree/01_first_look.ipynb \
		--DatalabApp.data_directory="$(DATA)" --DatalabApp.open_panel=True $(LAB_ARGS)

test: test-python test-js test-ui ## Run every test: Python, notebooks, TypeScript, browser

test-python: $(INSTALLED)
	scripts/debian-packages.sh stilts fuse3 libfuse2
	pytest $(PYTEST_ARGS)

test-js: $(INSTALLED)
	jlpm test

test-ui: $(INSTALLED)
	scripts/debian-packages.sh chromium
	cd ui-tests && jlpm install --immutable && jlpm test

lint: $(INSTALLED) ## Check style and types
	ruff check .
	ruff format --check .
	mypy
	jlpm lint:check

format: $(INSTALLED) ## Put the code in its standard form
	ruff check --fix .
	ruff format .
	jlpm lint

bench: $(INSTALLED) ## Print measurements (nothing is asserted)
	@for script in benchmarks/*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

bench-peers: $(INSTALLED) ## Ask the same of PostgreSQL + q3c, LSDB, STILTS, astropy, Polars; write docs/benchmarks.md
	scripts/debian-packages.sh postgresql-15-q3c stilts
	uv pip install --quiet --python $(BIN)/python lsdb polars "psycopg[binary]"
	PYTHONPATH=benchmarks $(BIN)/python -m peers.run --write docs/benchmarks.md $(PEERS_ARGS)

bench-ui: $(INSTALLED) ## Print how soon and how smoothly a million rows are seen in the browser
	scripts/debian-packages.sh chromium
	cd ui-tests && jlpm install --immutable && jlpm bench

docs: $(INSTALLED) ## Build the documentation as HTML in docs/_build
	uv pip install --quiet --python $(BIN)/python --requirement pyproject.toml --extra docs
	sphinx-build -W --keep-going -b html docs docs/_build/html
	@echo "Open docs/_build/html/index.html"

screenshots: $(INSTALLED) ## Make the pictures of docs/images again
	scripts/debian-packages.sh chromium
	cd ui-tests && jlpm install --immutable && jlpm screenshots

clean: ## Remove all that was built; the data in .datalab stays
	rm -rf $(VENV) node_modules ui-tests/node_modules lib jupyterlab_datalab/labextension \
		jupyterlab_datalab/_version.py tsconfig.tsbuildinfo docs/_build dist coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
