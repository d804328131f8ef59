# make run: the chat at http://127.0.0.1:7860   make test: everything that CI checks
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: run test test-milvus bench check format clean

run: $(VENV)/.installed
	@$(BIN)/kutip serve

# Files are handed out in their order, the browser's first: those of few tests, which are slow, would come last otherwise.
test: check $(VENV)/.installed-tests
	@sh tests/install_browser.sh
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

# The tests that stand on Milvus, on a real server of its own: it needs a Python that the package `milvus` is made for.
# The one that has the server killed comes when no other needs it.
test-milvus: $(VENV)/.installed-tests
	@PYTHON=$(BIN)/python sh tests/install_milvus.sh build/milvus-server
	KUTIP_MILVUS_PYTHON=build/milvus-server/bin/python $(BIN)/python tests/milvus_server.py sh -ec '\
		$(BIN)/python -m pytest -n 2 --dist loadfile -k milvus tests/index/test_libraries.py tests/index/test_milvus.py \
			tests/test_milvus_secured.py tests/test_milvus_processes.py; \
		$(BIN)/python -m pytest tests/test_milvus_killed.py'

# make bench DATA=../shared/data: kutip beside its peers, about 20 minutes; docs/benchmarks.md. BENCH="--quick" tries all
bench: $(VENV)/.installed-tests
	$(BIN)/python benchmarks/bench.py $(DATA) $(BENCH)

check: $(VENV)/.installed-tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.installed-tests
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

$(VENV)/.installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "kutip needs Python 3.11 or newer; name one with: make PYTHON=python3.11")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing kutip into $(VENV): a few minutes, once" >&2
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.installed-tests: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --editable '.[test,training]'
	@touch $@

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
