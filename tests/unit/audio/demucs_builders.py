"""Demucs models small enough for tests: random weights from a seed, saved as their authors save theirs."""

import hashlib
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

SIZES: dict[str, Any] = {
    "sources": ["drums", "bass", "other", "vocals"],
    "channels": 8,
    "nfft": 2048,
    "depth": 4,
    "t_layers": 1,
    "t_heads": 2,
    "t_hidden_scale": 1.0,
    "segment": Fraction(39, 100),
}


def tiny(seed: int, **sizes: Any) -> Any:
    """A hybrid transformer of a few hundred thousand weights."""
    import torch
    from demucs.htdemucs import HTDemucs

    torch.manual_seed(seed)
    return HTDemucs(**SIZES | sizes).eval()


def save_safetensors(model: Any, path: Path) -> None:
    """Save as Demucs' own export does: tensors, and class and arguments as JSON in the metadata."""
    from safetensors.torch import save_file

    def encoded(value: object) -> object:
        if not isinstance(value, Fraction):
            return value
        return {"_type": "fraction", "numerator": value.numerator, "denominator": value.denominator}

    args, kwargs = model._init_args_kwargs
    told = {
        "klass": f"{type(model).__module__}.{type(model).__name__}",
        "args": json.dumps(args),
        "kwargs": json.dumps({name: encoded(value) for name, value in kwargs.items()}),
    }
    save_file({name: tensor.clone() for name, tensor in model.state_dict().items()}, str(path), told)


def save_pickle(model: Any, path: Path) -> None:
    """Save as Demucs' training does, the first digits of the checksum in the name; half precision, as published."""
    import torch

    args, kwargs = model._init_args_kwargs
    state = {name: tensor.half() for name, tensor in model.state_dict().items()}
    package = {"klass": type(model), "args": args, "kwargs": kwargs, "state": state, "training_args": {"seed": 1}}
    torch.save(package, path)
    path.rename(path.with_name(f"{path.stem}-{checksum(path)[:8]}.th"))


def checksum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def list_checksums(folder: Path) -> None:
    """Write the list, as `sha256sum *` does."""
    files = sorted(path for path in folder.iterdir() if path.suffix in (".safetensors", ".th"))
    (folder / "SHA256SUMS").write_text("".join(f"{checksum(path)}  {path.name}\n" for path in files))
