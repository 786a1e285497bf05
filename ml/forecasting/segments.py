"""Groups of releases that different forecasts may serve: by how much they sold before the origin, and since when.

A segment is known at the origin, so that it says who serves as well as it says who was right. Volume is the tercile of
a release's level among those that sold in the 90 days before the origin. Young is a first sale less than 180 days ago.

Belongs here: the groups. Does not belong here: who serves them (selection.py).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ml.forecasting.panel import Panel
from ml.forecasting.snapshot import Snapshot

VOLUMES = ("low", "middle", "high")
AGES = ("young", "warm")
YOUNG_DAYS = 180
SEGMENTS = tuple(f"{volume}, {age}" for volume in VOLUMES for age in AGES)


def segment_codes(panel: Panel, known: Snapshot) -> NDArray[np.int8]:
    """Each series' place in SEGMENTS at the end of a day; one that is dormant counts by the same edges of volume."""
    active = known.member & known.active
    edges = np.quantile(known.level[active], (1 / 3, 2 / 3)) if active.any() else np.zeros(2)
    volume = np.searchsorted(edges, known.level, side="left")
    is_warm = panel.first_sale <= known.day - YOUNG_DAYS
    return (volume * len(AGES) + is_warm).astype(np.int8)
