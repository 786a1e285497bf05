"""A real OpenID Connect provider for tests: npm's `oidc-provider`, and a person who signs in at it.

`make servers` puts the package into `.cache/servers`.
"""

import json
import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx

from tests.needs import need, need_program

CHECKOUT = Path(__file__).resolve().parents[2]
MODULES = CHECKOUT / ".cache" / "servers" / "oidc" / "node_modules"


@dataclass(frozen=True)
class OidcServer:
    """A running provider; its users' claims are read from a file at each sign-in."""

    issuer: str
    users: Path

    def set_claims(self, user: str, **claims: Any) -> None:
        """Give a user claims."""
        known = json.loads(self.users.read_text())
        self.users.write_text(json.dumps(known | {user: claims}))


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running_provider(folder: Path, callback: str) -> Iterator[OidcServer]:
    """A provider that lets browsers come back to `callback`."""
    node = need_program("node")
    need((MODULES / "oidc-provider").is_dir(), "no oidc-provider in .cache/servers: make servers")
    users, port = folder / "users.json", free_port()
    users.write_text("{}")
    command = [node, str(Path(__file__).with_name("server.mjs")), str(MODULES), str(port), callback, str(users)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            assert process.stdout is not None
            lines = []
            for line in process.stdout:
                lines.append(line)
                if line.strip() == "ready":
                    break
            else:
                raise AssertionError("the provider did not start: " + "".join(lines))
            yield OidcServer(f"http://127.0.0.1:{port}", users)
        finally:
            process.terminate()


def sign_in_at_provider(address: str, user: str) -> str:
    """Sign in and consent at the provider as a person does; the address that the provider sends the browser back to."""
    with httpx.Client(follow_redirects=False) as browser:
        answer = browser.get(address)
        for _ in range(20):
            if answer.is_redirect:
                address = urljoin(str(answer.url), answer.headers["location"])
                if httpx.URL(address).path.endswith("/callback"):
                    return address
                answer = browser.get(address)
                continue
            form = re.search(r'<form[^>]*action="([^"]+)"', answer.text)
            assert form, answer.text
            fields = dict(re.findall(r'name="(prompt)" value="([^"]+)"', answer.text))
            if fields.get("prompt") == "login":
                fields |= {"login": user, "password": "any"}
            answer = browser.post(urljoin(str(answer.url), form[1]), data=fields)
    raise AssertionError(f"the provider never sent the browser back; it stopped at {answer.url}")
