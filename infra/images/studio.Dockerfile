# The image of generation: stems, texts and pictures on top of the core. Build after it:
#   docker build -f infra/images/studio.Dockerfile --build-arg CORE=lacquer:dev -t lacquer-studio:dev .
ARG CORE=lacquer:dev
# hadolint ignore=DL3006
FROM ${CORE}

USER 0
RUN mkdir -p .cache/studio \
    && uv venv --python .venv/bin/python .cache/studio/venv \
    && uv pip sync --require-hashes --compile-bytecode --python .cache/studio/venv/bin/python requirements/studio.txt \
    && touch .cache/studio/.made
USER 10001
# Weights are not part of the image: mount them and name the folder in LACQUER_GENERATION_MODELS.
VOLUME ["/models"]
HEALTHCHECK NONE
CMD ["sh", "-c", "while :; do lacquer assets work || true; sleep 30; done"]
