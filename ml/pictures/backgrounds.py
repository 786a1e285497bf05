"""Backgrounds by rules: a gradient of the genre's colours with the grooves of a record, bars or tiles on it."""

from typing import TYPE_CHECKING

import numpy as np

from ml.pictures.formats import PictureFormat
from ml.pictures.palettes import Colour, Palette

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

VERSION = "1"
MOTIFS = ("record", "bars", "tiles")


def background_by_rules(form: PictureFormat, palette: Palette, seed: int) -> "Image":
    """A background; the same format, palette and seed give the same pixels."""
    from PIL import Image, ImageDraw

    random = np.random.default_rng([seed, form.width, form.height])
    rows, columns = np.mgrid[0 : form.height, 0 : form.width].astype(np.float32)
    angle = random.uniform(0, np.pi / 2)
    along = np.cos(angle) * columns / form.width + np.sin(angle) * rows / form.height
    share = (along / along.max())[..., None]
    pixels = (1 - share) * np.array(palette.middle) + share * np.array(palette.dark)
    base = Image.fromarray(np.round(pixels).astype(np.uint8), "RGB")
    layer = Image.new("RGBA", base.size, (0, 0, 0, 0))
    motif = MOTIFS[int(random.integers(len(MOTIFS)))]
    draw = ImageDraw.Draw(layer, "RGBA")
    {"record": _record, "bars": _bars, "tiles": _tiles}[motif](draw, form, palette, random)
    return Image.alpha_composite(base.convert("RGBA"), layer).convert("RGB")


def _record(draw: "ImageDraw", form: PictureFormat, palette: Palette, random: np.random.Generator) -> None:
    """The grooves of a record, its label in the accent."""
    size = min(form.width, form.height)
    x, y = random.uniform(0.55, 0.8) * form.width, random.uniform(0.25, 0.5) * form.height
    outer = random.uniform(0.35, 0.45) * size
    _circle(draw, x, y, outer, (*palette.dark, 230))
    for radius in np.arange(0.4 * outer, outer, max(3.0, size / 150)):
        _circle(draw, x, y, float(radius), None, (*palette.middle, 90))
    _circle(draw, x, y, 0.33 * outer, (*palette.accent, 255))
    _circle(draw, x, y, 0.04 * outer, (*palette.dark, 255))


def _bars(draw: "ImageDraw", form: PictureFormat, palette: Palette, random: np.random.Generator) -> None:
    """The bars of a level meter."""
    count = max(8, round(form.width / form.height * 12))
    step = form.width / count
    for number, height in enumerate(random.uniform(0.08, 0.6, count) * form.height):
        left, middle = number * step + 0.15 * step, 0.45 * form.height
        colour = _mixed(palette.middle, palette.accent, float(number) / count)
        draw.rectangle((left, middle - height / 2, left + 0.7 * step, middle + height / 2), fill=(*colour, 200))


def _tiles(draw: "ImageDraw", form: PictureFormat, palette: Palette, random: np.random.Generator) -> None:
    """Quarter circles on a grid."""
    side = min(form.width, form.height) / 4
    for top in np.arange(0, form.height, side):
        for left in np.arange(0, form.width, side):
            x, y = float(left) + side * random.integers(2), float(top) + side * random.integers(2)
            colour = _mixed(palette.dark, palette.accent, float(random.uniform()))
            start = {(0, 0): 0, (1, 0): 90, (1, 1): 180, (0, 1): 270}[
                (round((x - float(left)) / side), round((y - float(top)) / side))
            ]
            draw.pieslice((x - side, y - side, x + side, y + side), start, start + 90, fill=(*colour, 150))


def _circle(
    draw: "ImageDraw",
    x: float,
    y: float,
    radius: float,
    fill: tuple[int, int, int, int] | None,
    outline: tuple[int, int, int, int] | None = None,
) -> None:
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=fill, outline=outline)


def _mixed(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round((1 - share) * a + share * b) for a, b in zip(one, other, strict=True))
    return red, green, blue
