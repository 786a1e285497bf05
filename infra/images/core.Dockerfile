# The image of the core: runs, API, daemon and Dagster's web server. Build from the root of the checkout:
#   docker build -f infra/images/core.Dockerfile -t lacquer:dev .
FROM python:3.11-slim-bookworm AS build

RUN apt-get update \
    && apt-get install -y --no-install-recommends make gcc g++ libgomp1 \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /opt/lacquer
COPY requirements requirements
RUN python3 -m venv .venv \
    && .venv/bin/pip install --no-cache-dir --require-hashes -r requirements/uv.txt \
    && .venv/bin/uv pip sync --require-hashes --compile-bytecode --python .venv/bin/python \
       requirements/core.txt requirements/serve.txt requirements/streams.txt requirements/storage.txt requirements/deploy.txt
COPY . .
# The manifest and the dbt sources follow from the contracts: made once here, so that a container starts without writing.
RUN PYTHONPATH=/opt/lacquer .venv/bin/python -m assets.dbt_sources \
    && ln -s ../../serving/lacquer .venv/bin/lacquer

FROM python:3.11-slim-bookworm

RUN apt-get update \
    && apt-get install -y --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home lacquer \
    && mkdir -p /lake /dagster \
    && chown -R lacquer:lacquer /lake /dagster
COPY --from=build --chown=root:root /opt/lacquer /opt/lacquer
COPY infra/compose/dagster.yaml /dagster/dagster.yaml

ENV PATH=/opt/lacquer/.venv/bin:$PATH \
    PYTHONPATH=/opt/lacquer \
    PYTHONUNBUFFERED=1 \
    DAGSTER_HOME=/dagster \
    DAGSTER_DISABLE_TELEMETRY=true \
    DBT_SEND_ANONYMOUS_USAGE_STATS=false \
    MLFLOW_DISABLE_TELEMETRY=true \
    DO_NOT_TRACK=1 \
    LACQUER_LAKE=/lake
WORKDIR /opt/lacquer
USER 10001
VOLUME ["/lake"]
EXPOSE 8000 3000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/v1/health', timeout=3)"]
CMD ["lacquer", "serve", "--host", "0.0.0.0", "--port", "8000"]
