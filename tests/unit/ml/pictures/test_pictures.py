"""Pictures by rules: what is measured of them, against contrast and places that the test works out from the pixels."""

import numpy as np
import pytest
from PIL import Image, ImageFilter

from ml.pictures.backgrounds import background_by_rules
from ml.pictures.formats import FORMATS, PictureFormat
from ml.pictures.legibility import contrast_of, luminance, measure
from ml.pictures.lettering import CannotLetterError, letter, wrapped
from ml.pictures.palettes import PALETTES, palette_of

TITLES = ("Go", "Blue Hours of a Distant Morning", "Étude pour Łódź, No. 3 (Größe)", "Nevergonnagiveyouup")


def channel(value: int) -> float:
    """Linear light of one channel, as WCAG 2.2 defines it."""
    share = value / 255
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


def ratio(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    """The contrast ratio of two colours, worked out by hand."""
    weights = (0.2126, 0.7152, 0.0722)
    lights = [sum(w * channel(int(v)) for w, v in zip(weights, colour, strict=True)) for colour in (one, other)]
    return (max(lights) + 0.05) / (min(lights) + 0.05)


def test_contrast_is_that_of_wcag() -> None:
    assert ratio((255, 255, 255), (0, 0, 0)) == pytest.approx(21)
    for one, other in (((255, 255, 255), (118, 118, 118)), ((12, 12, 14), (240, 120, 60)), ((0, 0, 255), (255, 0, 0))):
        measured = contrast_of(float(luminance(np.array(one))), luminance(np.array([other])))
        assert measured[0] == pytest.approx(ratio(one, other))
    assert 4.5 < ratio((255, 255, 255), (118, 118, 118)) < 4.6  # the grey that is known as the last one to pass


@pytest.mark.parametrize("form", FORMATS.values(), ids=lambda form: form.name)
def test_words_lie_in_the_safe_area_and_can_be_read(form: PictureFormat) -> None:
    for seed, title in enumerate(TITLES if form.height < 1000 else TITLES[1:3]):
        ground = background_by_rules(form, palette_of("jazz"), seed)
        done = letter(ground, form, title, "Anna Müller & The Trio")
        assert done.image.size == (form.width, form.height)
        assert done.measured.findings == ()
        assert " ".join(line.words for line in done.lines) == f"{title} Anna Müller & The Trio"
        pixels = np.asarray(done.image).astype(int)
        white = (pixels == 255).all(axis=2)  # no palette has pure white
        rows, columns = np.nonzero(white)
        left, top, right, bottom = form.safe
        assert (left <= columns.min(), columns.max() < right, top <= rows.min(), rows.max() < bottom) == (True,) * 4
        # Half-covered edges touch white pixels; what lies a little further is the ground.
        mask = Image.fromarray(white)
        edges, near = (np.asarray(mask.filter(ImageFilter.MaxFilter(size))) for size in (5, 11))
        packed = np.unique(pixels[near & ~edges] // 8 @ np.array([4096, 64, 1]))
        colours = [tuple(8 * (int(one) // by % 64) + 7 for by in (4096, 64, 1)) for one in packed]
        assert len(colours) > 3
        assert min(ratio((255, 255, 255), colour) for colour in colours) >= 4.5
        assert done.measured.contrast >= 4.5


def test_the_same_seed_gives_the_same_pixels_and_another_one_others() -> None:
    form = FORMATS["banner"]
    one, same, other = (np.asarray(background_by_rules(form, palette_of("rock"), seed)) for seed in (3, 3, 4))
    assert (one == same).all()
    assert (one != other).any()


def test_genres_have_their_colours_and_unknown_ones_always_the_same() -> None:
    assert palette_of(" Hip Hop ") == PALETTES["hip hop"]
    assert palette_of("zydeco") == palette_of("Zydeco") in PALETTES.values()
    assert palette_of(None) in PALETTES.values()


def test_what_is_illegible_is_found() -> None:
    form = PictureFormat("small", 400, 200, (20, 20, 380, 180), "a test")
    grey, mask = Image.new("RGB", (400, 200), (160, 160, 160)), Image.new("L", (400, 200), 0)
    mask.paste(255, (0, 100, 40, 110))
    found = measure(grey, mask, (255, 255, 255), form, 3)
    assert found.contrast == pytest.approx(ratio((255, 255, 255), (160, 160, 160)))
    assert found.inside == 0.5
    assert [one["text"] for one in found.findings] == ["contrast", "safe area", "letters"]
    other = PictureFormat("large", 800, 200, (0, 0, 800, 200), "a test")
    assert [one["text"] for one in measure(grey, mask, (0, 0, 0), other, 30).findings] == ["size"]


@pytest.mark.parametrize(
    ("title", "reason"),
    [("夜", "no sign for 夜"), ("x" * 200, "does not fit into banner"), ("word " * 999, "does not fit")],
)
def test_words_that_cannot_be_set_are_refused(title: str, reason: str) -> None:
    form = FORMATS["banner"]
    with pytest.raises(CannotLetterError, match=reason):
        letter(Image.new("RGB", (form.width, form.height)), form, title, None)


def test_lines_break_between_words_only() -> None:
    assert wrapped("one two three", 20, 10) == ["one", "two", "three"]
    assert wrapped("one two three", 20, 10_000) == ["one two three"]
