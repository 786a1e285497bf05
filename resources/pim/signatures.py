"""Signed webhooks, as the Standard Webhooks specification has them (standardwebhooks.com).

A message carries `webhook-id`, `webhook-timestamp` (unix seconds) and `webhook-signature`, one or more of
`v1,<Base64>`, each the HMAC-SHA256 of `id.timestamp.body` with the shared secret.
"""

import base64
import binascii
import hmac
from collections.abc import Mapping
from hashlib import sha256

WINDOW_S = 300
PREFIX = "whsec_"
LONGEST_ID = 200


class SignatureError(ValueError):
    """The message is not shown to be the sender's, or is not of now."""


def key_of(secret: str) -> bytes:
    """The key that a secret stands for: Base64 behind `whsec_`, else its own bytes.

    Raises:
        ValueError: what follows `whsec_` is no Base64.
    """
    if not secret.startswith(PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("the secret of a webhook: what follows whsec_ must be Base64") from None


def sign(key: bytes, webhook_id: str, timestamp: int, body: bytes) -> str:
    """The signature of a message."""
    digest = hmac.new(key, f"{webhook_id}.{timestamp}.".encode() + body, sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def verified_id(key: bytes, headers: Mapping[str, str], body: bytes, now: float) -> str:
    """The identity of a message that is the sender's and of now.

    Raises:
        SignatureError: a header is missing, the moment lies outside the window, or no signature is right.
    """
    webhook_id, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    given = headers.get("webhook-signature", "")
    if not (webhook_id and stamp and given) or len(webhook_id) > LONGEST_ID or "." in webhook_id:
        raise SignatureError("webhook-id, webhook-timestamp and webhook-signature are needed")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12) or abs(now - int(stamp)) > WINDOW_S:
        raise SignatureError(f"webhook-timestamp is not within {WINDOW_S} s of now")
    expected = sign(key, webhook_id, int(stamp), body).encode()
    if not any(hmac.compare_digest(expected, one.encode()) for one in given.split()):
        raise SignatureError("webhook-signature is wrong")
    return webhook_id
