# make demo    speak a command into a device and watch the picture come          make test    everything is checked
SHELL := /bin/bash
.DEFAULT_GOAL := help
BIN := .venv/bin
ARGS ?=

.PHONY: help setup setup-dev demo test lint bench lock clean

help:
	@echo "make demo [ARGS=--once]   set up, speak a command into the device, show the page"
	@echo "make test                 set up and run every test"
	@echo "make setup | setup-dev     system packages and .venv, for running | for developing"
	@echo "make bench | lint | lock | clean"

setup:
	@tools/setup.sh runtime

setup-dev:
	@tools/setup.sh dev

demo: setup
	@$(BIN)/nightjar models pull
	@$(BIN)/nightjar demo $(ARGS)

test: setup-dev
	@$(BIN)/nightjar models pull
	@$(BIN)/nightjar models pull smollm2-135m-instruct whisper-base
	@$(BIN)/python -m pytest $(ARGS)

lint: setup-dev
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/basedpyright
	@$(BIN)/lint-imports

bench: setup
	@$(BIN)/nightjar models pull
	@$(BIN)/nightjar bench all $(ARGS)

# The locks hold x86-64 and aarch64, Python 3.11 and newer; needs uv.
lock:
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --group build pyproject.toml -o requirements/runtime.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -c requirements/runtime.lock --group build --group dev pyproject.toml -o requirements/dev.lock

clean:
	rm -rf .venv build *.egg-info
