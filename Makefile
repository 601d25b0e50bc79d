# make demo    speak a command into a device and watch the picture come          make test    everything is checked
SHELL := /bin/bash
.DEFAULT_GOAL := help
BIN := .venv/bin
ARGS ?=

.PHONY: help setup setup-dev demo test lint bench fuzz soak lock clean

help:
	@echo "make demo [ARGS=--once]   set up, speak a command into the device, show the page"
	@echo "make test                 set up and run every test"
	@echo "make setup | setup-dev     system packages and .venv, for running | for developing"
	@echo "make bench | lint | lock | clean"
	@echo "make fuzz | soak           the long ones: ten minutes of fuzzing; ten minutes of load, then a drill"

setup:
	@tools/setup.sh runtime

setup-dev:
	@tools/setup.sh dev

demo: setup
	@$(BIN)/nightjar models pull
	@$(BIN)/nightjar demo $(ARGS)

test: setup-dev
	@$(BIN)/nightjar models pull
	@$(BIN)/nightjar models pull smollm2-135m-instruct whisper-base open-nsfw
	@$(BIN)/python -m pytest $(ARGS)

lint: setup-dev
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/basedpyright
	@$(BIN)/lint-imports

bench: setup
	@$(BIN)/nightjar models pull
	@$(BIN)/nightjar bench all $(ARGS)

# atheris, for CPython on x86-64, isn't locked: nothing else here needs it.
fuzz: setup-dev
	@$(BIN)/python -m pip install -q --disable-pip-version-check --only-binary :all: atheris==3.0.0
	@$(BIN)/python -m tools.fuzz $(ARGS)

soak: setup-dev
	@$(BIN)/nightjar bench bridge --seconds 600
	@$(BIN)/nightjar bench drill

# The locks hold x86-64 and aarch64, Python 3.11 and newer; needs uv.
lock:
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --group build pyproject.toml -o requirements/runtime.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -c requirements/runtime.lock --group build --group dev pyproject.toml -o requirements/dev.lock

clean:
	rm -rf .venv build *.egg-info
