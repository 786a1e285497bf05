"""A Superset of this machine: its metadata database, its administrator, the import of a bundle, start and end."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
HOME = ROOT / ".cache" / "superset"
PROGRAMS = HOME / "venv" / "bin"
CONFIG = ROOT / "infra" / "superset" / "superset_config.py"
COMMANDS = CONFIG.with_name("commands.py")
LABEL_ROLE = CONFIG.with_name("label_role.py")
OF_LABELS = ("sales", "stock", "forecast_days", "alerts")  # the datasets whose rows are of one label
ADMIN = "admin"
STARTS_WITHIN_S = 180


class SupersetError(RuntimeError):
    """`make superset-tools` has not been run, a command of Superset fails, or the server does not start."""


def is_installed() -> bool:
    """Whether `make superset-tools` has made Superset's environment."""
    return (PROGRAMS / "superset").is_file() and (PROGRAMS / "gunicorn").is_file()


def secret(file: Path) -> str:
    """The text that a file keeps; made anew where there is none, readable for its owner only."""
    if not file.is_file():
        file.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as out:
            out.write(secrets.token_urlsafe(32))
    return file.read_text()


def admin_password(folder: Path) -> str:
    """The password of the administrator `admin`."""
    return secret(folder / "admin.password")


def prepare(folder: Path, bundle: Path) -> None:
    """Make the metadata database and the administrator where they are not there yet, and import the bundle.

    Raises:
        SupersetError: it is not installed, or one of its commands fails.
    """
    if not is_installed():
        raise SupersetError(f"no Superset in {HOME}: run make superset-tools")
    done = folder / "prepared"
    password = admin_password(folder)
    account = ["--username", ADMIN, "--firstname", "Lacquer", "--lastname", "Admin", "--email", "admin@localhost"]
    first = [["db", "upgrade"], ["fab", "create-admin", *account, "--password", password], ["init"]]
    again = [["import-dashboards", "--path", str(bundle.absolute()), "--username", ADMIN]]
    _superset(folder, again if done.is_file() else first + again)
    done.touch()


def _environment(folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        "SUPERSET_CONFIG_PATH": str(CONFIG),
        "SUPERSET_HOME": str(folder.absolute()),
        "SUPERSET_METADATA_URI": f"sqlite:///{folder.absolute()}/superset.db",
        "SUPERSET_PLAIN_HTTP": "1",
        "SUPERSET_SECRET_KEY": secret(folder / "secret.key"),
    }


def make_label_role(folder: Path, role: str, labels: Sequence[str], user: str | None = None) -> str | None:
    """Make or change a role that sees the rows of the labels in :data:`OF_LABELS`, and no other dataset.

    Returns:
        The password of the user, who is made with the role where there is none of that name.

    Raises:
        SupersetError: the bundle is not imported, or Superset refuses.
    """
    listed = ", ".join("'" + label.replace("'", "''") + "'" for label in labels)
    password = secrets.token_urlsafe(16) if user else None
    asked = {
        "role": role,
        "clause": f"label_name in ({listed})",
        "datasets": OF_LABELS,
        "user": {"name": user, "password": password} if user else None,
    }
    _run(folder, LABEL_ROLE, asked)
    return password


def _superset(folder: Path, commands: list[list[str]]) -> None:
    _run(folder, COMMANDS, commands)


def _run(folder: Path, script: Path, asked: object) -> None:
    """Run a script of `infra/superset` with what it reads as JSON."""
    log = folder / "commands.log"
    with log.open("ab") as out:
        called, text = [str(PROGRAMS / "python"), str(script)], json.dumps(asked).encode()
        done = subprocess.run(
            called, cwd=folder, env=_environment(folder), input=text, stdout=out, stderr=out, check=False
        )
    if done.returncode:
        end = log.read_text(errors="replace").strip().splitlines()[-1:]
        raise SupersetError(f"Superset cannot be prepared: {''.join(end)}; {log} says more")


def start(folder: Path, port: int) -> subprocess.Popen[bytes]:
    """Start the server on loopback; it answers when :func:`wait_until_ready` returns, and writes `server.log`."""
    called = [str(PROGRAMS / "gunicorn"), "--bind", f"127.0.0.1:{port}", "--workers", "1", "--worker-class", "gthread",
              "--threads", "8", "--timeout", "120", "superset.app:create_app()"]  # fmt: skip
    with (folder / "server.log").open("wb") as log:
        return subprocess.Popen(called, cwd=folder, env=_environment(folder), stdout=log, stderr=log)


def wait_until_ready(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    """Return when the server answers.

    Raises:
        SupersetError: it has ended, or does not answer in time; the message names its log.
    """
    ends = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < ends and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            pass  # it does not listen yet
        time.sleep(0.3)
    raise SupersetError(f"Superset does not answer at {url}: {log} says why")


@contextmanager
def running(folder: Path, port: int) -> Iterator[str]:
    """The address of a server that lives as long as the block."""
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
