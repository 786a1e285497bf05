# The image of audio work: analysis and stems on top of the core. Build after it:
#   docker build -f infra/images/audio.Dockerfile --build-arg CORE=lacquer:dev -t lacquer-audio:dev .
ARG CORE=lacquer:dev
# hadolint ignore=DL3006
FROM ${CORE}

USER 0
RUN pip install --no-cache-dir --require-hashes -r requirements/uv.txt \
    && uv pip sync --require-hashes --compile-bytecode --python .venv/bin/python \
       requirements/core.txt requirements/serve.txt requirements/streams.txt requirements/deploy.txt \
       requirements/audio.txt requirements/stems.txt
USER 10001
# Weights are not part of the image: mount them and name the folder in LACQUER_STEM_MODELS.
VOLUME ["/models"]
HEALTHCHECK NONE
CMD ["dagster", "job", "execute", "-m", "definitions", "-j", "audio"]
