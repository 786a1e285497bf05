"""The colours of a genre: a dark one, a middle one and an accent."""

import hashlib
from dataclasses import dataclass

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Palette:
    """Three colours, RGB."""

    dark: Colour
    middle: Colour
    accent: Colour


PALETTES = {
    "rock": Palette((38, 12, 16), (150, 28, 36), (240, 120, 60)),
    "metal": Palette((14, 16, 20), (64, 72, 84), (190, 30, 40)),
    "pop": Palette((60, 14, 74), (214, 60, 140), (255, 196, 84)),
    "electronic": Palette((8, 16, 58), (44, 70, 220), (60, 230, 220)),
    "hip hop": Palette((24, 20, 12), (146, 104, 24), (250, 200, 60)),
    "jazz": Palette((12, 30, 48), (30, 96, 128), (232, 176, 84)),
    "classical": Palette((30, 22, 36), (104, 76, 96), (222, 200, 160)),
    "folk": Palette((24, 36, 20), (88, 116, 56), (226, 190, 110)),
    "soul": Palette((48, 20, 12), (168, 74, 34), (250, 186, 92)),
    "country": Palette((44, 28, 16), (150, 98, 52), (236, 206, 140)),
    "reggae": Palette((12, 40, 22), (28, 124, 60), (248, 206, 56)),
    "blues": Palette((10, 20, 44), (36, 66, 130), (140, 186, 230)),
}


def palette_of(genre: str | None) -> Palette:
    """The palette of a genre; of an unknown one, always the same of those that there are."""
    wanted = (genre or "").strip().lower()
    if wanted in PALETTES:
        return PALETTES[wanted]
    number = hashlib.sha256(wanted.encode()).digest()[0] % len(PALETTES)
    return list(PALETTES.values())[number]
