"""How legible the words of a picture are, measured on its pixels.

Contrast is that of WCAG 2.2 (1.4.3): (lighter + 0.05) / (darker + 0.05) of the relative luminances. It is taken between
the colour of the words and each pixel in and around them; the value is the one that 99% of these pixels reach.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ml.pictures.formats import PictureFormat
from ml.pictures.palettes import Colour

if TYPE_CHECKING:
    from PIL.Image import Image

LEAST_CONTRAST = 4.5
AROUND = 7  # pixels of the ring around the words that count as their ground, odd


@dataclass(frozen=True)
class Measured:
    """What was measured of a picture.

    Attributes:
        width: in pixels.
        height: in pixels.
        contrast: 1 to 21.
        inside: share of the words' pixels that lie in the safe area.
        smallest_text: height of the smallest capital letter in pixels.
        findings: what blocks the approval, each with its kind and reason.
    """

    width: int
    height: int
    contrast: float
    inside: float
    smallest_text: float
    findings: tuple[dict[str, str], ...]

    @property
    def scores(self) -> dict[str, float]:
        """The values by name."""
        return {
            "width": self.width,
            "height": self.height,
            "contrast": round(self.contrast, 2),
            "inside_safe_area": round(self.inside, 4),
            "smallest_text_px": round(self.smallest_text, 1),
        }


def measure(ground: "Image", mask: "Image", colour: Colour, form: PictureFormat, smallest: float) -> Measured:
    """Measure words of a colour, where the mask is set, on their ground."""
    from PIL import ImageFilter

    words = np.asarray(mask) > 127
    left, top, right, bottom = mask.getbbox() or (0, 0, 1, 1)
    box = (
        max(0, left - AROUND),
        max(0, top - AROUND),
        min(mask.width, right + AROUND),
        min(mask.height, bottom + AROUND),
    )
    near = np.asarray(mask.crop(box).filter(ImageFilter.MaxFilter(AROUND))) > 127
    luminances = luminance(np.asarray(ground.convert("RGB").crop(box))[near])
    own = float(luminance(np.array(colour, dtype=np.uint8)))
    contrast = float(np.quantile(contrast_of(own, luminances), 0.01)) if luminances.size else 1.0
    left, top, right, bottom = form.safe
    inside = float(words[top:bottom, left:right].sum() / words.sum()) if words.any() else 0.0
    values = (ground.width, ground.height, contrast, inside, smallest)
    return Measured(*values, tuple(_findings(form, *values)))


def _findings(
    form: PictureFormat, width: int, height: int, contrast: float, inside: float, smallest: float
) -> list[dict[str, str]]:
    found = []
    if (width, height) != (form.width, form.height):
        found.append(("size", f"{width} x {height} pixels; {form.name} needs {form.width} x {form.height}"))
    if contrast < LEAST_CONTRAST:
        found.append(("contrast", f"{contrast:.1f} to 1; at least {LEAST_CONTRAST:g} is needed"))
    if inside < 1:
        found.append(("safe area", f"{1 - inside:.1%} of the words lie outside"))
    if smallest < form.smallest_text:
        found.append(("letters", f"{smallest:.0f} pixels high; at least {form.smallest_text} are needed"))
    return [{"text": kind, "kind": "legibility", "reason": reason} for kind, reason in found]


def luminance(rgb: NDArray[Any]) -> NDArray[np.float64]:
    """Relative luminance of sRGB values 0 to 255 on the last axis (WCAG 2.2)."""
    share = np.arange(256) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear[rgb] @ np.array([0.2126, 0.7152, 0.0722]))


def contrast_of(one: float, others: NDArray[np.float64]) -> NDArray[np.float64]:
    """The contrast ratio of a luminance with others, 1 to 21."""
    return np.asarray((np.maximum(one, others) + 0.05) / (np.minimum(one, others) + 0.05))
