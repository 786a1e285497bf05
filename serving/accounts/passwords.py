"""Passwords (argon2id) and one-time codes (TOTP)."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST, LONGEST = 12, 200
STEP_S = 30


class WeakPasswordError(ValueError):
    """A password that is too short, too long, or the user's name."""


@cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher

    return PasswordHasher()


@cache
def _of_nobody() -> str:
    return _hasher().hash("nobody has this password")


def hashed(password: str, name: str) -> str:
    """The hash to store.

    Raises:
        WeakPasswordError: the password is not good enough.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise WeakPasswordError(f"a password has {SHORTEST} to {LONGEST} characters")
    if name.casefold() in password.casefold() or len(set(password)) < 5:
        raise WeakPasswordError("take a password that is not your name and not one character again and again")
    return _hasher().hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Whether the password is that of the hash; takes as long where there is no such user."""
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        _hasher().verify(stored or _of_nobody(), password[:LONGEST])
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def new_totp_secret() -> str:
    """The secret of an authenticator app."""
    import pyotp

    return pyotp.random_base32()


def totp_address(secret: str, name: str) -> str:
    """The address that an authenticator app takes the secret from."""
    import pyotp

    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name="Lacquer")


def totp_step(secret: str, code: str, now: float, last: int | None) -> int | None:
    """The time step that a code is of; None when it is wrong, too old, or was used before.

    Args:
        secret: of the authenticator app.
        code: six digits.
        now: seconds since 1970.
        last: the step of the last code that was accepted.
    """
    import hmac

    import pyotp

    step = int(now) // STEP_S
    for one in (step - 1, step, step + 1):
        if hmac.compare_digest(pyotp.TOTP(secret).at(one * STEP_S), code.strip()):
            return one if last is None or one > last else None
    return None
