"""What a separation model has to offer, whatever it is made of."""

from typing import Protocol

from audio.decode import Samples


class CannotSeparateError(Exception):
    """Packages, weights or trust in them are missing; the message says what to do."""


class Separator(Protocol):
    """A model that takes windows of a fixed length apart.

    Attributes:
        model: its name, as it was asked for.
        checksum: SHA-256 over the checksums of all its files.
        rate: samples a second that it works at.
        channels: channels that it works on.
        stems: what it yields, in order.
        window: samples of a window.
    """

    model: str
    checksum: str
    rate: int
    channels: int
    stems: tuple[str, ...]
    window: int

    def separate(self, mix: Samples) -> Samples:
        """Take one window apart: shape (channels, window) to (stems, channels, window)."""
        ...
