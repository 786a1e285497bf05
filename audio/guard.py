"""What is not analysed, and why: checked on what came out of the decoder, before anything is estimated."""

from pathlib import Path

import numpy as np

from audio.features import Features

SHORTEST_S, SHORTEST_PARTIAL_S = 1.0, 5.0
SILENT_DBFS = -60.0
TOO_LARGE_BYTES = 4 * 2**30


class NotAnalysedError(Exception):
    """The file cannot be analysed; the message is the reason, as it stands in the summary."""


def check_file(path: Path) -> None:
    """Raise NotAnalysedError unless the file is there and of a size to be decoded."""
    if not path.is_file():
        raise NotAnalysedError("no such file")
    if path.stat().st_size == 0:
        raise NotAnalysedError("not decodable: the file is empty")
    if path.stat().st_size > TOO_LARGE_BYTES:
        raise NotAnalysedError(f"too large: more than {TOO_LARGE_BYTES / 2**30:.0f} GiB")


def check_features(features: Features) -> None:
    """Raise NotAnalysedError for what holds no music to speak of: not finite, too short, silent."""
    told = features.decoded
    if not told.is_finite:
        raise NotAnalysedError("not finite: samples that are no numbers")
    if told.decoded_s < SHORTEST_S:
        raise NotAnalysedError(f"too short: {told.decoded_s:.2f} s, under {SHORTEST_S:.0f} s")
    if told.is_partial and told.decoded_s < SHORTEST_PARTIAL_S:
        raise NotAnalysedError(
            f"not decodable: damaged, {told.decoded_s:.2f} s came out, under {SHORTEST_PARTIAL_S:.0f} s"
        )
    loudest = float(features.outline.max()) if features.outline.size else 0.0
    if loudest < 10 ** (SILENT_DBFS / 20) or not features.mel.any() or not np.any(features.peak_level):
        raise NotAnalysedError(f"silent: never over {SILENT_DBFS:.0f} dBFS")
