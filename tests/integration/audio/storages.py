"""Real object storage on a free port of this machine: versitygw, which speaks S3, and Azurite, which speaks Azure.

`make servers` puts both into `.cache/servers`. Each keeps what it stores in a folder of the test's.
"""

import base64
import datetime as dt
import hashlib
import hmac
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lake.ingest.inbox.opening import Access
from resources.settings import PROJECT_ROOT
from tests.needs import need

SERVERS = PROJECT_ROOT / ".cache" / "servers"
VERSITYGW = SERVERS / "versitygw"
AZURITE = SERVERS / "azurite" / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"
# The account that every Azurite has; its documentation gives name and key.
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
STARTS_WITHIN_S = 90


@dataclass
class Server:
    """A server that listens on ``port`` until it is stopped."""

    command: Sequence[str]
    log: Path
    port: int
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        """Start it; it takes connections when this returns."""
        with self.log.open("ab") as said:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        until = time.monotonic() + STARTS_WITHIN_S
        while time.monotonic() < until and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 0.5).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        self.stop()
        raise RuntimeError(f"{self.command[0]} does not listen: {self.log.read_text()[-2000:]}")

    def stop(self) -> None:
        """End it."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(30)
            self.process = None


@dataclass(frozen=True)
class Storage:
    """A running storage with an empty bucket.

    Attributes:
        server: what runs.
        address: of an inbox in the bucket.
        access: what it wants to know.
        wrong: the same with a wrong secret.
    """

    server: Server
    address: str
    access: Access
    wrong: Access


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def versitygw(folder: Path) -> Storage:
    """S3 over a folder; a folder in it is a bucket."""
    (folder / "data" / "masters").mkdir(parents=True)
    port = free_port()
    who = ("--access", "lacquer", "--secret", "a secret of the test", "--port", f"127.0.0.1:{port}")
    server = Server([str(VERSITYGW), *who, "posix", str(folder / "data")], folder / "log", port)
    server.start()
    endpoint = f"http://127.0.0.1:{port}"
    access = Access(endpoint, "lacquer", "a secret of the test", "us-east-1")
    return Storage(server, "s3://masters/incoming", access, Access(endpoint, "lacquer", "not the secret", "us-east-1"))


def azurite(folder: Path) -> Storage:
    """Azure's Blob storage over a folder, with one container."""
    port = free_port()
    where = ("--blobHost", "127.0.0.1", "--blobPort", str(port), "--location", str(folder))
    command = ["node", str(AZURITE), *where, "--silent", "--disableTelemetry", "--skipApiVersionCheck"]
    server = Server(command, folder / "log", port)
    server.start()
    endpoint = f"http://127.0.0.1:{port}/{ACCOUNT}"
    _put(endpoint, "/masters", "restype:container")
    other = base64.b64encode(b"not the key").decode()
    address = f"abfss://masters@{ACCOUNT}.dfs.core.windows.net/incoming"
    return Storage(server, address, Access(endpoint, ACCOUNT, KEY), Access(endpoint, ACCOUNT, other))


def put_blob(storage: Storage, name: str, content: bytes) -> None:
    """Put a blob under a name that the library would not take."""
    assert storage.access.endpoint is not None
    _put(storage.access.endpoint, f"/masters/{name}", "", content, {"x-ms-blob-type": "BlockBlob"})


def _put(endpoint: str, path: str, parameter: str, content: bytes = b"", headers: dict[str, str] | None = None) -> None:
    """A request signed with the account's key (Azure's Shared Key, version 2)."""
    now = dt.datetime.now(dt.UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
    headers = {"x-ms-date": now, "x-ms-version": "2021-12-02", **(headers or {})}
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    resource = f"/{ACCOUNT}/{ACCOUNT}{path}" + (f"\n{parameter}" if parameter else "")
    length, kind = str(len(content)) if content else "", "application/octet-stream" if content else ""
    signed = f"PUT\n\n\n{length}\n\n{kind}\n\n\n\n\n\n\n{lines}{resource}"
    signature = base64.b64encode(hmac.new(base64.b64decode(KEY), signed.encode(), hashlib.sha256).digest()).decode()
    headers |= {"Authorization": f"SharedKey {ACCOUNT}:{signature}", "Content-Type": kind}
    address = endpoint + path + (f"?{parameter.replace(':', '=')}" if parameter else "")
    request = urllib.request.Request(address, data=content or None, method="PUT", headers=headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 201


KINDS = {"S3": (VERSITYGW, versitygw), "Azure": (AZURITE, azurite)}


def running(kind: str, folder: Path) -> Iterator[Storage]:
    """A storage of a kind, for as long as it is needed; skips where its program is not built."""
    program, start = KINDS[kind]
    need(program.exists(), f"no {program.name} in .cache/servers: make servers")
    storage = start(folder)
    try:
        yield storage
    finally:
        storage.server.stop()
