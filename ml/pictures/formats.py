"""The formats that a picture is made in: its size, and the safe area that no interface of the channel covers."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PictureFormat:
    """What a picture of a channel is like; all lengths in pixels.

    Attributes:
        name: of the format.
        width: of the picture.
        height: of the picture.
        safe: left, top, right and bottom of the area that words must lie in.
        purpose: what a model is told of it.
    """

    name: str
    width: int
    height: int
    safe: tuple[int, int, int, int]
    purpose: str

    @property
    def smallest_text(self) -> int:
        """Height of a capital letter, 2.2% of the shorter side, below which words are not legible on a phone."""
        return round(0.022 * min(self.width, self.height))


FORMATS = {
    one.name: one
    for one in (
        PictureFormat("cover", 1600, 1600, (112, 112, 1488, 1488), "a square cover"),
        PictureFormat("banner", 1200, 400, (48, 36, 1152, 364), "a wide banner of a shop or newsletter"),
        PictureFormat("social", 1200, 630, (60, 48, 1140, 582), "a link preview of a social network"),
        PictureFormat("story", 1080, 1920, (64, 260, 1016, 1580), "a full-screen story of a social network"),
    )
}


def format_of(name: str) -> PictureFormat:
    """The format of a name.

    Raises:
        ValueError: there is none.
    """
    if name not in FORMATS:
        raise ValueError(f"no picture format {name!r}; there are {', '.join(FORMATS)}")
    return FORMATS[name]
