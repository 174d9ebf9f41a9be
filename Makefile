# Every target is one line: python3 bootstrap.py does the work and also runs without make.
# Arguments: make run ARGS="--port 9000", make test ARGS="-k health"
PYTHON ?= python3

.PHONY: run test nightly lint bench clean

run:
	@$(PYTHON) bootstrap.py run $(ARGS)
test:
	@$(PYTHON) bootstrap.py test $(ARGS)
nightly:
	@$(PYTHON) bootstrap.py nightly $(ARGS)
lint:
	@$(PYTHON) bootstrap.py lint
bench:
	@$(PYTHON) bootstrap.py bench $(ARGS)
clean:
	rm -rf locale/*/LC_MESSAGES/*.mo .venv node_modules build .cache .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
