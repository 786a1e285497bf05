"""A real PostgreSQL in a temporary folder, on a free port of this machine; as root it runs under its own user."""

import os
import pwd
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

PROGRAMS = Path("/usr/lib/postgresql")


def newest_programs() -> Path | None:
    """The folder of initdb and postgres, of the newest version that is installed."""
    found = sorted(PROGRAMS.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


@dataclass
class Postgres:
    """A server with its data in ``folder``; ``more`` are settings beside the usual ones."""

    folder: Path
    programs: Path
    port: int = 0
    more: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        """Its address, as a user would put it into a setting."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Make the data folder and start the server; it answers when this returns."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self.folder, user.pw_uid, user.pw_gid)
        data = self.folder / "data"
        self._run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        settings = ["listen_addresses='127.0.0.1'", f"port={self.port}", f"unix_socket_directories='{self.folder}'"]
        settings += ["fsync=off", "shared_buffers='32MB'", "max_connections=20", "timezone='Europe/Berlin'", *self.more]
        with (data / "postgresql.auto.conf").open("a") as file:
            file.write("\n".join(settings) + "\n")
        self._run("pg_ctl", "-D", data, "-l", self.folder / "log", "-w", "-t", "60", "start")

    def stop(self) -> None:
        """Stop the server."""
        self._run("pg_ctl", "-D", self.folder / "data", "-m", "immediate", "-w", "stop")

    def crash(self) -> None:
        """End the server without a shutdown and start it again, with its data and on its port."""
        self.stop()
        self._run("pg_ctl", "-D", self.folder / "data", "-l", self.folder / "log", "-w", "-t", "60", "start")

    def _run(self, program: str, *arguments: object) -> None:
        command = [str(self.programs / program), *map(str, arguments)]
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            command = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", *command]
        with (self.folder / "commands").open("ab") as said:
            subprocess.run(command, check=True, cwd="/", stdin=subprocess.DEVNULL, stdout=said, stderr=said, timeout=90)
