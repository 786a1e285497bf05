"""A process of the studio: a request as JSON in, its answer as a file, the last line of its output as what it says."""

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from audio.generation.drafts import CannotGenerateError

LONGEST_S = 1800.0
# Nothing is fetched or told; threads that wait leave the core to others.
ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "OMP_WAIT_POLICY": "PASSIVE",
}


class ProcessError(CannotGenerateError):
    """The process of a model ended without an answer; the message has its last words."""


def run_program(
    name: str, python: str, program: Path, asked: Mapping[str, Any], longest_s: float = LONGEST_S
) -> tuple[dict[str, Any], bytes]:
    """Run a program of a model; what it says of its answer, and the answer.

    Args:
        name: of the model, for messages.
        python: the interpreter.
        program: the file; it gets the paths of the request and of the answer.
        asked: the request.
        longest_s: time that it may take.

    Raises:
        ProcessError: the process failed or took too long.
    """
    with tempfile.TemporaryDirectory(prefix="lacquer-studio-") as work:
        request, answer = Path(work) / "asked.json", Path(work) / "answer"
        request.write_text(json.dumps(asked), encoding="utf-8")
        try:
            done = subprocess.run(
                [python, "-P", str(program), str(request), str(answer)],  # its folder hides no package
                cwd=work,
                env={**os.environ, **ENVIRONMENT},
                capture_output=True,
                text=True,
                timeout=longest_s,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise ProcessError(f"{name}: no draft within {longest_s:g} s") from error
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise ProcessError(f"{name}: {last}" if done.returncode > 0 else f"{name}: killed by {last}")
        told: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
        return told, answer.read_bytes()
