"""A standalone Spark cluster of this machine, and a Spark Connect server with Delta: start and end.

Both listen on loopback and know no passwords; for others, take them as a model of Spark's own installation.
"""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from resources.spark.session import HOME, JARS, JAVA_OPTIONS, PYTHON, ROOT, SETTINGS, SparkMissingError, is_installed

STARTS_WITHIN_S = 180
_PLACE = "import os, pyspark; print(os.path.dirname(pyspark.__file__))"


def _spark_home() -> Path:
    """Where Spark's environment has Spark itself.

    Raises:
        SparkMissingError: `make spark` has not been run to its end.
    """
    if not is_installed():
        raise SparkMissingError(f"no Spark in {HOME}: run make spark, which wants Java 17 and Maven")
    return Path(subprocess.check_output([str(PYTHON), "-c", _PLACE], text=True).strip())


def _environment(home: Path, memory: str = "256m") -> dict[str, str]:
    own = {
        "SPARK_HOME": str(home),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_NO_DAEMONIZE": "1",
        "SPARK_DAEMON_MEMORY": memory,
        "SPARK_DAEMON_JAVA_OPTS": JAVA_OPTIONS,
        "PYSPARK_PYTHON": str(PYTHON),
        "PYTHONPATH": str(ROOT),
        "TZ": "UTC",
    }
    return {**os.environ, **own}


def _started(called: list[str], log: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    with log.open("wb") as out:
        return subprocess.Popen(called, cwd=log.parent, stdout=out, stderr=out, env=environment)


def _wait(process: subprocess.Popen[bytes], log: Path, ready: Callable[[str], bool]) -> None:
    """Return when the log says that the process is ready.

    Raises:
        SparkMissingError: it has ended, or is not ready in time; the message names its log.
    """
    ends = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < ends and process.poll() is None:
        if ready(log.read_text("utf-8", errors="replace")):
            return
        time.sleep(0.2)
    raise SparkMissingError(f"Spark does not start: {log} says why")


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _ended(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in reversed(processes):
        process.terminate()
    for process in processes:
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def cluster(folder: Path, port: int, workers: int = 2, memory: str = "1g") -> Iterator[str]:
    """The address of a master with workers of one core each, which live as long as the block."""
    home, processes = _spark_home(), list[subprocess.Popen[bytes]]()
    environment, program = _environment(home), str(home / "bin" / "spark-class")
    folder.mkdir(parents=True, exist_ok=True)
    try:
        log, url = folder / "master.log", f"spark://127.0.0.1:{port}"
        options = ["--host", "127.0.0.1", "--port", str(port), "--webui-port", "0"]
        processes.append(_started([program, "org.apache.spark.deploy.master.Master", *options], log, environment))
        _wait(processes[0], log, lambda text: "Starting Spark master" in text)
        for number in range(1, workers + 1):
            options = ["--host", "127.0.0.1", "--cores", "1", "--memory", memory, "--webui-port", "0"]
            options += ["--work-dir", f"{folder}/{number}", url]
            called = [program, "org.apache.spark.deploy.worker.Worker", *options]
            processes.append(_started(called, folder / f"worker{number}.log", environment))
        _wait(processes[0], log, lambda text: text.count("Registering worker") == workers)
        yield url
    finally:
        _ended(processes)


@contextmanager
def connect_server(folder: Path, port: int, master: str = "local[2]", memory: str = "1g") -> Iterator[str]:
    """The address of a Spark Connect server with Delta, which lives as long as the block."""
    home = _spark_home()
    folder.mkdir(parents=True, exist_ok=True)
    jars = ",".join(str(jar) for jar in sorted(JARS.glob("*.jar")))
    settings = {
        **SETTINGS,
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": str(port),
        "spark.driver.extraJavaOptions": f"{JAVA_OPTIONS} -Dderby.system.home={folder}",
        "spark.sql.warehouse.dir": f"{folder}/warehouse",
    }
    called = [str(home / "bin" / "spark-submit"), "--class", "org.apache.spark.sql.connect.service.SparkConnectServer"]
    called += ["--master", master, "--driver-memory", memory, "--jars", jars]
    called += [part for name, value in settings.items() for part in ("--conf", f"{name}={value}")]
    log = folder / "connect.log"
    process = _started([*called, "spark-internal"], log, _environment(home, memory))
    try:
        _wait(process, log, lambda _: _listens(port))
        yield f"sc://127.0.0.1:{port}"
    finally:
        _ended([process])
