# make run     看一个基地活过几年（浏览器打开打印出的地址）
# make test    全部测试；make sure  格式、检查、类型、分层、测试；make bench  测速

PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
YEAR ?= 30m
FROM ?=
ARGS ?=
# 同时跑几组测试：多数时间在等，比核数多一个
JOBS ?= 3

PACKAGES := activities api app bench bot casework demo desk domain persistence workflows

.PHONY: run compiled setup test sure check format policy bench setup-browser lock clean

run: $(VENV)/.run compiled
	@$(BIN)/jiebang up --demo --year $(YEAR) $(if $(FROM),--from $(FROM)) $(ARGS)

setup: $(VENV)/.run

# Each workflow loads its module anew in its sandbox: from source that costs more than all else that it does.
compiled: $(VENV)/.run
	@$(BIN)/python -m compileall -q $(PACKAGES)

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "需要 Python 3.11 或更新版本"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "需要 Python 3.11 或更新版本，现在是 $$($(PYTHON) -V)"; exit 1; }
	@echo "建立 $(VENV) …"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: $(BIN)/python requirements.lock pyproject.toml
	@echo "安装依赖（首次约半分钟）…"
	@$(BIN)/pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.lock
	@echo "安装测试工具 …"
	@$(BIN)/pip install -qq --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

test: $(VENV)/.dev compiled setup-browser
	@$(BIN)/pytest -n $(JOBS) --dist loadfile $(ARGS)

sure: check test

check: $(VENV)/.dev
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(VENV)/.dev
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

# docs/policy.md: each row of the documents, where it is enforced, which tests show it.
policy: $(VENV)/.dev
	@$(BIN)/python -m tests.house.policy_page

bench: $(VENV)/.dev compiled
	@$(BIN)/python -m bench $(ARGS)

# The page is tested in a real browser: Debian's, if there is none yet.
setup-browser:
	@command -v chromium >/dev/null && command -v chromedriver >/dev/null || \
	  { command -v apt-get >/dev/null && test "$$(id -u)" = 0 && echo "安装 Chromium …" && apt-get update -qq >/dev/null && \
	    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium chromium-driver fonts-noto-cjk >/dev/null 2>&1; } || \
	  { echo "测试需要 Chromium 和 ChromeDriver：请安装 chromium chromium-driver fonts-noto-cjk 后重试"; exit 1; }

lock: $(VENV)/.dev
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra local pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra local --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock

clean:
	rm -rf $(VENV) .jiebang
