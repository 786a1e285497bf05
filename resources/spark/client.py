"""A Spark session in a process of Spark's own environment, for callers of the core environment."""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from lake.delta.views import literal
from resources.spark.session import HOME, PYTHON, ROOT, SparkMissingError, is_installed

if TYPE_CHECKING:
    import pyarrow as pa


class SparkError(RuntimeError):
    """Spark could not do what was asked of it; the message is Spark's."""


class SparkProcess:
    """:mod:`resources.spark.worker` as a process, which lives until :meth:`close` or the end of the block."""

    def __init__(self, master: str = "local[*]", memory: str = "1g", pseudonym_key: str | None = None) -> None:
        if not is_installed():
            raise SparkMissingError(f"no Spark in {HOME}: run make spark, which wants Java 17 and Maven")
        self._folder = tempfile.TemporaryDirectory(prefix="lacquer-spark-")
        self._lock, self._places = threading.Lock(), 0
        self._process = subprocess.Popen(
            [str(PYTHON), "-m", "resources.spark.worker"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._send({"master": master, "memory": memory, "pseudonym_key": pseudonym_key})

    def __enter__(self) -> SparkProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def place(self) -> Path:
        """A path that nobody else uses, for files that both processes see; it goes with the process."""
        with self._lock:
            self._places += 1
            return Path(self._folder.name) / f"{self._places}"

    def do(self, what: str, **request: object) -> None:
        """Let the worker do something, a method of :class:`resources.spark.worker.Worker`.

        Raises:
            SparkError: it could not.
        """
        assert self._process.stdout is not None
        with self._lock:
            self._send({"do": what, **request})
            line = self._process.stdout.readline()
        if not line:
            raise SparkError(f"Spark's process ended while it was to {what}; its messages stand above")
        if error := json.loads(line).get("error"):
            raise SparkError(error)

    def query(self, sql: str, tables: Mapping[str, tuple[Path, int]]) -> pa.Table:
        """The rows of a statement in Spark's SQL.

        Args:
            sql: the statement.
            tables: what it calls a Delta table -> its folder and version.
        """
        from lake.delta.views import duckdb_instance

        to = self.place()
        self.do("query", sql=sql, tables={name: [str(path), at] for name, (path, at) in tables.items()}, to=str(to))
        return duckdb_instance().sql(f"from read_parquet({literal(f'{to}/*.parquet')})").to_arrow_table()

    def close(self) -> None:
        """End the process and remove its files."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
        self._folder.cleanup()

    def _send(self, request: dict[str, object]) -> None:
        assert self._process.stdin is not None
        try:
            print(json.dumps(request), file=self._process.stdin, flush=True)
        except BrokenPipeError:
            raise SparkError("Spark's process has ended; its messages stand above") from None


@cache
def shared_process(master: str, memory: str, pseudonym_key: str | None) -> SparkProcess:
    """The Spark of this process for runs: started by who asks first, ended with the process."""
    process = SparkProcess(master, memory, pseudonym_key)
    atexit.register(process.close)
    return process
