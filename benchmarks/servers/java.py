"""A Java server as a process of its own: started from a folder of jars, ready when it says so, ended with us."""

import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.failures import BenchmarkError
from resources.settings import PROJECT_ROOT

JARS = PROJECT_ROOT / ".cache" / "servers" / "kafka"
LOGGING = Path(__file__).parent / "log4j2.properties"
READY_S = 90.0


class ServerFailedError(BenchmarkError):
    """A server ended, or was not ready in time; the message ends with its log."""


def missing() -> str | None:
    """What the machine lacks to run these servers; None when all is there."""
    if shutil.which("java") is None:
        return "no Java on this machine: apt-get install default-jre-headless"
    return None if any(JARS.glob("kafka_*.jar")) else f"no Kafka in {JARS}: make kafka"


def free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody uses at this moment."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


class JavaServer:
    """One process of Java with its log in ``folder``."""

    def __init__(self, folder: Path, heap: str = "256m") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.log = folder, folder / "server.log"
        self._options = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", f"-Xmx{heap}"]
        self._options += [f"-Dlog4j2.configurationFile={LOGGING}"]
        self._process: subprocess.Popen[bytes] | None = None

    def command(self, main: str, *arguments: str) -> list[str]:
        """The command that runs a class of the jars."""
        return ["java", *self._options, "-cp", f"{JARS}/*", main, *arguments]

    def launch(self, main: str, *arguments: str, ready: Callable[[str], bool]) -> None:
        """Start, and wait until ``ready`` says yes to what the log has since.

        Raises:
            ServerFailedError: it ended or took too long.
        """
        begin = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command(main, *arguments),
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                cwd=self.folder,
                start_new_session=True,
            )
        end = time.monotonic() + READY_S
        while time.monotonic() < end:
            if self._process.poll() is not None:
                break
            if ready(self.log.read_bytes()[begin:].decode(errors="replace")):
                return
            time.sleep(0.05)
        self.kill()
        raise ServerFailedError(f"{main} is not ready: {self.log.read_text(errors='replace')[-3000:]}")

    def kill(self) -> None:
        """End it as a failing machine would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to end, and end it where it does not."""
        self._end(signal.SIGTERM)

    def _end(self, with_signal: signal.Signals) -> None:
        process = self._process
        if process is None or process.poll() is not None:
            return
        process.send_signal(with_signal)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
