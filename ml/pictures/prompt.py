"""What a model is asked that paints a background. It gets no names: words are set afterwards, by rules."""

from ml.pictures.formats import PictureFormat
from ml.pictures.palettes import Colour, Palette

VERSION = "1"


def prompt_of(form: PictureFormat, genre: str | None, palette: Palette) -> str:
    """The prompt for a format, genre and palette."""
    colours = ", ".join(_hex(one) for one in (palette.dark, palette.middle, palette.accent))
    music = f"{genre} music" if genre else "music"
    return (
        f"An abstract background for {form.purpose} about {music}. Colours: {colours}. Nothing of interest in the "
        "lower half, where words will stand. No text, no letters, no logos, no people, no album cover that exists."
    )


def _hex(colour: Colour) -> str:
    return "#" + "".join(f"{part:02x}" for part in colour)
