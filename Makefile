# make run   set up and start everything;  make test   set up and run every test;  make help   the other words.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# Always “python -m …”: scripts in .venv/bin remember an absolute path and break when the checkout moves.
PY := .venv/bin/python
MANAGE := $(PY) manage.py
CATALOGUES := $(wildcard registry/locale/*/LC_MESSAGES/django.po)
COMPILED := $(CATALOGUES:.po=.mo)

# What a server in production has to say; “make check” asks Django's own deployment checks with it. No value is a secret.
PRODUCTION_LIKE := REGISTRY_PRODUCTION=1 REGISTRY_OFFICIAL=1 REGISTRY_ALLOWED_HOSTS=registry.example \
	REGISTRY_BASE_URL=https://registry.example DATABASE_URL=postgresql://registry@db/registry REDIS_URL=redis://cache/0 \
	REGISTRY_ORGANISER=x REGISTRY_CONTACT=x REGISTRY_SITE_CODE=x REGISTRY_ICP=x REGISTRY_PSB_RECORD=x \
	REGISTRY_PARTY_GOVERNMENT_MARK=x REGISTRY_SECRET_KEY="$$(head -c 48 /dev/urandom | base64 -w 0)"

.PHONY: help setup setup-dev run test fix check kills bench search-quality docs clean messages chromium

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 18

setup: .venv/.runtime $(COMPILED) ## create .venv, install what runs the registry, compile the translations

setup-dev: .venv/.development $(COMPILED) ## the same, with what tests and checks it

.venv/bin/python:
	@.ci/venv .venv

.venv/.runtime: requirements.lock | .venv/bin/python
	@.ci/install requirements.lock
	@touch $@

.venv/.development: requirements-dev.lock .venv/.runtime
	@.ci/install requirements-dev.lock
	@touch $@

%.mo: %.po .venv/.runtime
	@$(PY) -m babel.messages.frontend --quiet compile --input-file $< --output-file $@ --locale $(notdir $(patsubst %/LC_MESSAGES/,%,$(dir $<)))

run: setup ## start everything; PORT=8001 make run chooses another port
	@$(MANAGE) prepare --demo
	@exec $(MANAGE) serve

test: setup-dev chromium ## every test, in a real database, broker and browser
	$(PY) -m pytest -n 2 $(ARGS)

# Chromium drives the browser tests; CHROMIUM= names one that is not on the path.
chromium:
	@.ci/chromium
	@.ci/nginx

fix: setup-dev ## let the tools repair layout and imports
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

check: setup-dev ## everything that can be told without running the program; changes nothing
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -c "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
	$(PY) -m mypy
	$(MANAGE) check_locks
	$(MANAGE) check_templates
	$(MANAGE) check_translations
	$(MANAGE) makemigrations --check --dry-run
	@echo "manage.py check --deploy"; $(PRODUCTION_LIKE) $(MANAGE) check --deploy --fail-level WARNING
	$(MANAGE) document --check
	$(MANAGE) check_api

search-quality: setup-dev ## ask the directory the labelled queries; SEARCH_SCALE=0.1 for a smaller crowd
	@$(PY) -m tests.search.quality

bench: setup-dev ## measure against the targets; results in bench-results/
	$(PY) -m tests.load $(ARGS)

kills: setup-dev ## kill imports at random moments and publications before every statement; KILLS_SEED= repeats a run
	$(PY) -m pytest -p no:randomly -s tests/faults/many_import_kills.py tests/faults/many_publication_kills.py

docs: setup ## write the generated documents (access, states, vocabulary, API schema)
	$(MANAGE) document

messages: setup ## bring the catalogue up to date with the texts in code and templates
	$(MANAGE) messages

clean: ## stop the servers and remove what can be made again; the data under var/ stays
	@if [ -x $(PY) ] && [ -e .venv/.runtime ]; then $(MANAGE) services down; fi
	rm -rf .venv staticfiles bench-results .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache $(COMPILED)
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
