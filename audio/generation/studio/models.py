"""Where the weights of stem models are, and which interpreter can run them; without either, why not."""

import hashlib
import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).parents[3]
STUDIO = CHECKOUT / ".cache" / "studio" / "venv" / "bin" / "python"


@dataclass(frozen=True)
class StudioModel:
    """A kind of model.

    Attributes:
        name: of the backend, and of the folder below the folder of models.
        packages: what its interpreter must have.
        files: files that its folder must have.
    """

    name: str
    packages: tuple[str, ...]
    files: tuple[str, ...]


MODELS = {
    one.name: one
    for one in (
        StudioModel("musicgen", ("torch", "transformers"), ("config.json", "tokenizer_config.json")),
        StudioModel("stable-audio", ("torch", "stable_audio_tools"), ("model_config.json", "model.safetensors")),
    )
}


class NotAtHandError(ValueError):
    """The model cannot run here; the message says what is missing."""


def folder_of(models: Path | None, name: str) -> Path:
    """The folder of a model.

    Raises:
        NotAtHandError: no folder is set, or its weights are not there.
    """
    if models is None:
        raise NotAtHandError(
            f"skipped: no weights for {name}; LACQUER_GENERATION_MODELS names a folder that has {name}/"
        )
    folder = models / name
    missing = [one for one in MODELS[name].files if not (folder / one).is_file()]
    if not missing and not list(folder.glob("*.safetensors")):
        missing = ["*.safetensors"]
    if missing:
        raise NotAtHandError(f"skipped: no weights for {name}: {folder} lacks {', '.join(missing)}")
    return folder


def interpreter_of(name: str) -> str:
    """The interpreter that runs a model: that of `make studio`, else this one where it has the packages.

    Raises:
        NotAtHandError: neither can.
    """
    if STUDIO.is_file():
        return str(STUDIO)
    missing = [one for one in MODELS[name].packages if importlib.util.find_spec(one) is None]
    if missing:
        raise NotAtHandError(f"skipped: {', '.join(missing)} not installed for {name}; make studio installs it")
    return sys.executable


def version_of(folder: Path) -> str:
    """A name for exactly these weights: of their list of files, sizes and configuration."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(f"{path.relative_to(folder)} {path.stat().st_size}\n".encode())
            if path.suffix == ".json":
                digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
