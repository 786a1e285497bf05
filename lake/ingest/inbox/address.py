"""How the address of an inbox reads: a path, `s3://bucket/prefix`, `az://container/prefix`, or Azure's `abfss://`."""

from __future__ import annotations

S3, AZURE = ("s3",), ("az", "abfs", "abfss")
SCHEMES = S3 + AZURE


def scheme_of(address: str) -> str | None:
    """The scheme of an address of object storage; None of a path."""
    scheme, separator, _ = address.partition("://")
    return scheme.lower() if separator else None
