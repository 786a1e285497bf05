"""Title and artist set on a background: as large as the safe area allows, on a shade that makes them legible."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ml.pictures.formats import PictureFormat
from ml.pictures.legibility import Measured, measure

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont

LIGHT, DARK = (255, 255, 255), (12, 12, 14)
SHADE = 0.66  # of the shade behind the words
LEADING = 1.18
OVERHANG = 0.05  # of the size: what a letter may reach beyond its box
ARTIST_SHARE = 0.55  # size of the artist's letters against the title's
CAPITAL = 0.729  # height of a capital letter of DejaVu Sans, in its size


class CannotLetterError(ValueError):
    """The words cannot be set: the message says which and why."""


@dataclass(frozen=True)
class Line:
    """A line of words; `left` and `top` of its box in pixels, `size` of its letters."""

    words: str
    size: int
    left: int
    top: int


@dataclass(frozen=True)
class Lettered:
    """A finished picture and what was measured of it."""

    image: "Image"
    lines: tuple[Line, ...]
    measured: Measured


def letter(background: "Image", form: PictureFormat, title: str, artist: str | None) -> Lettered:
    """Set title and artist into the lower part of the safe area.

    Raises:
        CannotLetterError: a sign that the font lacks, or words that do not fit legibly.
    """
    from PIL import Image, ImageDraw

    lines = lay_out(form, title, artist)
    shaded = _shaded(background, form, min(line.top for line in lines))
    mask = Image.new("L", shaded.size, 0)
    draw = ImageDraw.Draw(mask)
    for line in lines:
        draw.text((line.left, line.top), line.words, fill=255, font=font(line.size), anchor="la")
    return set_words(shaded, mask, form, lines)


def set_words(shaded: "Image", mask: "Image", form: PictureFormat, lines: tuple[Line, ...]) -> Lettered:
    """Colour the words of a mask light or dark, whichever can be read better there, and measure the picture."""
    from PIL import Image

    smallest = min(line.size for line in lines) * CAPITAL
    best: Lettered | None = None
    for colour in (LIGHT, DARK):
        measured = measure(shaded, mask, colour, form, smallest)
        if best is None or measured.contrast > best.measured.contrast:
            best = Lettered(Image.composite(Image.new("RGB", shaded.size, colour), shaded, mask), lines, measured)
    assert best is not None, "there are two colours"
    return best


def lay_out(form: PictureFormat, title: str, artist: str | None) -> tuple[Line, ...]:
    """The lines at the largest size at which all of them fit.

    Raises:
        CannotLetterError: a sign that the font lacks, or words that do not fit legibly.
    """
    for words in (title, artist or ""):
        if lacking := sorted({sign for sign in words if not sign.isspace() and ord(sign) not in _signs()}):
            raise CannotLetterError(f"the font has no sign for {', '.join(lacking)} in {words!r}")
    left, top, right, bottom = form.safe
    largest = round(0.16 * min(form.width, form.height))
    least = -(-form.smallest_text // CAPITAL)
    for size in range(largest, 0, -2):
        small = round(ARTIST_SHARE * size)
        if small * CAPITAL < form.smallest_text:
            small = int(least)
        if size < small:
            break
        over = round(OVERHANG * size)
        width = right - left - 2 * over
        texts = [(words, size) for words in wrapped(title, size, width)]
        texts += [(words, small) for words in wrapped(artist or "", small, width)]
        height = sum(round(LEADING * one) for _, one in texts)
        is_narrow = all(font(one).getlength(words) <= width for words, one in texts)
        if is_narrow and height <= (bottom - top) * 0.62:
            return _placed(texts, left + over, bottom - height)
    raise CannotLetterError(f"{title!r} by {artist!r} does not fit into {form.name} in letters that can be read")


def _placed(texts: list[tuple[str, int]], left: int, top: int) -> tuple[Line, ...]:
    lines = []
    for words, size in texts:
        lines.append(Line(words, size, left, top))
        top += round(LEADING * size)
    return tuple(lines)


def wrapped(text: str, size: int, width: int) -> list[str]:
    """The text in lines of at most this width; a word that is wider has a line of its own."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font(size).getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _shaded(background: "Image", form: PictureFormat, top: int) -> "Image":
    """The background with a shade that grows over the height of a line and is even behind the words."""
    import numpy as np
    from PIL import Image

    rows = np.arange(form.height, dtype=np.float32)
    begin = max(0, top - form.height // 8)
    strength = SHADE * np.clip((rows - begin) / max(1, top - begin), 0, 1)[:, None, None]
    pixels = np.asarray(background.convert("RGB"), dtype=np.float32) * (1 - strength)
    return Image.fromarray(np.round(pixels).astype(np.uint8), "RGB")


@cache
def font(size: int) -> "FreeTypeFont":
    """DejaVu Sans Bold, which matplotlib brings along, in a size in pixels."""
    from PIL import ImageFont

    return ImageFont.truetype(_font_file(), size)


@cache
def _signs() -> frozenset[int]:
    """Code points that the font has a sign for."""
    from fontTools.ttLib import TTFont

    with TTFont(_font_file()) as opened:
        return frozenset(opened.getBestCmap())


@cache
def _font_file() -> str:
    import matplotlib

    return str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans-Bold.ttf")
