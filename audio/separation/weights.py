"""Which files a model is made of, and whether they are the ones that somebody vouched for.

A model is `NAME.yaml` (Demucs' bag of models: `models`, and perhaps `weights` and `segment`) beside one file of weights
per model, or one file alone: `SIG.safetensors`, else `SIG.th` or `SIG-CHECKSUM.th`, as Demucs calls them. The folder's
`SHA256SUMS` (as `sha256sum` writes it) lists every file of weights; one that is not listed, or differs, is not opened.
In a cache of the Hugging Face hub a file's own name in `blobs/` is its SHA-256, so nothing needs to be listed there.
"""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audio.separation.separator import CannotSeparateError

LIST = "SHA256SUMS"
SHA256 = re.compile(r"[0-9a-f]{64}")
PLAIN_NAME = re.compile(r"[\w.-]+")


@dataclass(frozen=True)
class Weights:
    """A model's files, each checked, and how their answers are weighed (per model, per stem)."""

    files: tuple[Path, ...]
    shares: tuple[tuple[float, ...], ...] | None
    segment_s: float | None
    checksum: str


def trusted(folder: Path, model: str) -> Weights:
    """Find a model's files and verify them.

    Raises:
        CannotSeparateError: it is not there, or a file of it is not listed or not what is listed.
    """
    bag, place = _bag(folder, model)
    files = tuple(_file(place, signature) for signature in bag["models"])
    listed = _listed(place)
    checksums = [_verified(file, listed) for file in files]
    whole = hashlib.sha256("".join(checksums).encode()).hexdigest() if len(files) > 1 else checksums[0]
    shares = bag.get("weights")
    return Weights(files, tuple(map(tuple, shares)) if shares else None, bag.get("segment"), whole)


def _bag(folder: Path, model: str) -> tuple[dict[str, Any], Path]:
    """What the model is made of, and the folder in which its files stand."""
    import yaml

    if not PLAIN_NAME.fullmatch(model):
        raise CannotSeparateError(f"{model!r} is no name of a model: letters, digits, dots, dashes, underscores")
    if not folder.is_dir():
        raise CannotSeparateError(f"no folder of models at {folder}")
    for place in (folder, *_snapshots(folder)):
        if (described := place / f"{model}.yaml").is_file():
            bag = yaml.safe_load(described.read_text(encoding="utf-8"))
            if not isinstance(bag, dict) or not bag.get("models"):
                raise CannotSeparateError(f"{described}: names no models; it wants a line like models: ['955717e8']")
            return bag, place
    if _candidates(folder, model):
        return {"models": [model]}, folder
    there = sorted({path.stem for path in folder.iterdir() if path.suffix in (".yaml", ".safetensors", ".th")})
    raise CannotSeparateError(f"no model {model} in {folder}; there: {', '.join(there) or 'none'}")


def _snapshots(folder: Path) -> list[Path]:
    """Where a cache of the Hugging Face hub keeps what was fetched, the newest first."""
    found = folder.glob("models--*/snapshots/*")
    return sorted(found, key=lambda place: -place.stat().st_mtime)


def _file(place: Path, signature: str) -> Path:
    """The weights of one model; safetensors before pickles."""
    if not PLAIN_NAME.fullmatch(str(signature)):
        raise CannotSeparateError(f"{place}: {signature!r} is no name of a file of weights")
    candidates = _candidates(place, signature)
    if not candidates:
        raise CannotSeparateError(f"no {signature}.safetensors and no {signature}.th in {place}")
    return candidates[0]


def _candidates(place: Path, signature: str) -> list[Path]:
    named = [place / f"{signature}.safetensors", place / f"{signature}.th"]
    named += sorted(place.glob(f"{signature}-*.th"))
    return [path for path in named if path.is_file()]


def _listed(place: Path) -> dict[str, str]:
    """File names and their SHA-256, as the list of the folder has them."""
    path = place / LIST
    if not path.is_file():
        return {}
    lines = [line.split(maxsplit=1) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return {name.removeprefix("*"): checksum.lower() for checksum, name in (line for line in lines if len(line) == 2)}


def _verified(file: Path, listed: dict[str, str]) -> str:
    blob = file.resolve()
    is_blob = file.is_symlink() and blob.parent.name == "blobs" and SHA256.fullmatch(blob.name)
    expected = listed.get(file.name) or (blob.name if is_blob else None)
    if expected is None:
        raise CannotSeparateError(
            f"{file} is not listed in {file.with_name(LIST)}; check where it comes from, then list it with sha256sum"
        )
    with file.open("rb") as opened:
        found = hashlib.file_digest(opened, "sha256").hexdigest()
    if found != expected:
        raise CannotSeparateError(f"{file} is not the file that is listed: SHA-256 {found}, listed {expected}")
    return found
