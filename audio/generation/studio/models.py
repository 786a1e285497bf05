"""Where the weights of models are, and which interpreter can run them; without either, why not."""

import hashlib
import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).parents[3]
STUDIO, VOCALS = (CHECKOUT / ".cache" / one / "venv" / "bin" / "python" for one in ("studio", "vocals"))


@dataclass(frozen=True)
class StudioModel:
    """A kind of model, of stems unless it says otherwise.

    Attributes:
        name: of the backend, and of the folder below the folder of models.
        packages: what its interpreter must have.
        files: files that its folder must have.
        makes: stem, vocals or picture.
        weights: what its weights are.
        target: of make, which installs the packages.
        python: the interpreter of that environment.
    """

    name: str
    packages: tuple[str, ...]
    files: tuple[str, ...]
    makes: str = "stem"
    weights: str = "*.safetensors"
    target: str = "studio"
    python: Path = STUDIO


MODELS = {
    one.name: one
    for one in (
        StudioModel("musicgen", ("torch", "transformers"), ("config.json", "tokenizer_config.json")),
        StudioModel("stable-audio", ("torch", "stable_audio_tools"), ("model_config.json", "model.safetensors")),
        StudioModel("diffusion", ("torch", "diffusers", "transformers"), ("model_index.json",), "picture"),
        StudioModel(
            "vocals",
            ("onnxruntime", "yaml"),
            ("dsconfig.yaml", "dsvocoder/vocoder.yaml"),
            "vocals",
            "*.onnx",
            "vocals",
            VOCALS,
        ),
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
    if not missing and not list(folder.rglob(MODELS[name].weights)):
        missing = [MODELS[name].weights]
    if missing:
        raise NotAtHandError(f"skipped: no weights for {name}: {folder} lacks {', '.join(missing)}")
    return folder


def interpreter_of(name: str) -> str:
    """The interpreter that runs a model: that of its environment, else this one where it has the packages.

    Raises:
        NotAtHandError: neither can.
    """
    model = MODELS[name]
    if model.python.is_file():
        return str(model.python)
    missing = [one for one in model.packages if importlib.util.find_spec(one) is None]
    if missing:
        raise NotAtHandError(f"skipped: {', '.join(missing)} not installed for {name}; make {model.target} installs it")
    return sys.executable


def version_of(folder: Path) -> str:
    """A name for exactly these weights: of their list of files, sizes and configuration."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(f"{path.relative_to(folder)} {path.stat().st_size}\n".encode())
            if path.suffix in (".json", ".yaml"):
                digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
