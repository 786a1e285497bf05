"""How a run is asked to concern some releases only: by a tag, which the UI shows and a rerun keeps.

Such a run forecasts and writes back these releases and leaves every other one as it is published.
"""

import json
from collections.abc import Collection, Mapping

RELEASES_TAG = "lacquer/releases"


def tags_for_releases(releases: Collection[str]) -> dict[str, str]:
    """The tag that names the releases."""
    return {RELEASES_TAG: json.dumps(sorted(releases))}


def asked_releases(tags: Mapping[str, str]) -> frozenset[str] | None:
    """The releases that the run concerns; None for an ordinary run."""
    if RELEASES_TAG not in tags:
        return None
    return frozenset(json.loads(tags[RELEASES_TAG]))
