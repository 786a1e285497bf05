"""An authority of our own and a server's certificate that it signs, by the keytool that comes with Java."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from benchmarks.servers.java import ServerFailedError

PASSWORD = "only-on-loopback"
KEYS = ("-keyalg", "EC", "-groupname", "secp256r1", "-validity", "2")


@dataclass(frozen=True)
class Certificates:
    """Where they lie.

    Attributes:
        authority: the authority's certificate as PEM, which clients trust.
        keys: key and chain of the server, PKCS 12.
        trusted: the authority's certificate, PKCS 12, for the server itself.
    """

    authority: Path
    keys: Path
    trusted: Path


def make_certificates(folder: Path, name: str = "authority") -> Certificates:
    """Make an authority and a certificate for 127.0.0.1 that it signs; both end in two days.

    Raises:
        ServerFailedError: keytool fails.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made = Certificates(folder / "authority.pem", folder / "server.p12", folder / "trusted.p12")
    own, request, signed = folder / "authority.p12", folder / "server.csr", folder / "server.pem"
    _keytool(own, "-genkeypair", "-alias", "ca", "-dname", f"CN=Lacquer test {name}", "-ext", "bc:c", *KEYS)
    _keytool(own, "-exportcert", "-alias", "ca", "-rfc", "-file", str(made.authority))
    _keytool(made.keys, "-genkeypair", "-alias", "server", "-dname", "CN=127.0.0.1", *KEYS)
    _keytool(made.keys, "-certreq", "-alias", "server", "-file", str(request))
    sign = ("-gencert", "-alias", "ca", "-infile", str(request), "-outfile", str(signed), "-rfc", "-validity", "2")
    _keytool(own, *sign, "-ext", "san=ip:127.0.0.1")
    for store, alias, file in ((made.keys, "ca", made.authority), (made.keys, "server", signed)):
        _keytool(store, "-importcert", "-noprompt", "-alias", alias, "-file", str(file))
    _keytool(made.trusted, "-importcert", "-noprompt", "-alias", "ca", "-file", str(made.authority))
    return made


def _keytool(store: Path, *arguments: str) -> None:
    command = ["keytool", *arguments, "-keystore", str(store), "-storetype", "PKCS12", "-storepass", PASSWORD]
    done = subprocess.run(command, capture_output=True, timeout=60, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise ServerFailedError(f"keytool {arguments[0]}: {(done.stdout + done.stderr).decode(errors='replace')}")
