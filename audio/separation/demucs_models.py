"""Demucs (Rouard, Massa and Defossez, ICASSP 2023) as a `Separator`. Needs torch and demucs: `make stems`.

Weights come from files that `weights` has verified. Of a pickle only tensors, plain values and Demucs' own classes are
read; of safetensors only Demucs' own classes are made.
"""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from audio.decode import Samples
from audio.separation.separator import CannotSeparateError
from audio.separation.weights import Weights, trusted

if TYPE_CHECKING:
    import torch

NEEDED = ("torch", "demucs", "safetensors")
LONGEST_WINDOW_S = 12.0  # hybrid models without a window of their own take what memory allows


def missing_packages() -> list[str]:
    """Which packages are not installed."""
    return [name for name in NEEDED if find_spec(name) is None]


def load(folder: Path, model: str, threads: int, device: str = "cpu") -> "DemucsSeparator":
    """Load a model for so many processor threads.

    Raises:
        CannotSeparateError: packages, weights or trust in them are missing.
    """
    if missing := missing_packages():
        raise CannotSeparateError(f"not installed: {', '.join(missing)}; install them with make stems")
    weights = trusted(folder, model)
    import torch

    torch.set_num_threads(threads)
    try:
        loaded = [_loaded(file) for file in weights.files]
        return DemucsSeparator(model, weights, loaded, device)
    except CannotSeparateError:
        raise
    except Exception as error:  # whatever a file of weights is wrong with, it is told with the file
        raise CannotSeparateError(f"{folder}: {model} does not load: {type(error).__name__}: {error}") from error


class DemucsSeparator:
    """One or several Demucs models whose answers are weighed."""

    def __init__(self, model: str, weights: Weights, models: "Sequence[torch.nn.Module]", device: str = "cpu") -> None:
        import torch

        first: Any = models[0]
        shapes = {(tuple(one.sources), one.samplerate, one.audio_channels) for one in map(_any, models)}
        if len(shapes) > 1:
            raise CannotSeparateError(f"{model}: its models differ in stems, rate or channels: {sorted(shapes)}")
        self.model, self.checksum = model, weights.checksum
        self.rate, self.channels, self.stems = int(first.samplerate), int(first.audio_channels), tuple(first.sources)
        longest = [float(one.segment) for one in map(_any, models)]
        self.window = int(min([*longest, weights.segment_s or LONGEST_WINDOW_S, LONGEST_WINDOW_S]) * self.rate)
        shares = np.array(weights.shares or np.ones((len(models), len(self.stems))), dtype=np.float32)
        if shares.shape != (len(models), len(self.stems)) or not (shares.sum(axis=0) > 0).all():
            raise CannotSeparateError(f"{model}: its weights are not one positive sum per stem: {shares.tolist()}")
        self._shares = shares / shares.sum(axis=0)
        self._device = torch.device(device)
        self._models = [one.to(self._device).eval() for one in models]

    def separate(self, mix: Samples) -> Samples:
        """Take one window apart: shape (channels, window) to (stems, channels, window)."""
        import torch

        whole = np.zeros((len(self.stems), *mix.shape), dtype=np.float32)
        with torch.inference_mode():
            given = torch.from_numpy(np.ascontiguousarray(mix)).to(self._device)[None]
            for model, shares in zip(self._models, self._shares, strict=True):
                if shares.any():
                    whole += shares[:, None, None] * self._answer(model, given)
        return whole

    def _answer(self, model: "torch.nn.Module", given: "torch.Tensor") -> Samples:
        """One model's answer to a window, which the models of waveforms want padded."""
        from demucs.apply import apply_model

        answer: Samples = apply_model(model, given, shifts=0, split=False)[0].cpu().numpy()
        return answer


def _loaded(file: Path) -> "torch.nn.Module":
    """A model from its file; of a half-precision file in single precision."""
    import torch
    from demucs.demucs import Demucs
    from demucs.hdemucs import HDemucs
    from demucs.htdemucs import HTDemucs
    from demucs.states import load_model

    known = {f"{one.__module__}.{one.__name__}": one for one in (Demucs, HDemucs, HTDemucs)}
    if file.suffix == ".safetensors":
        return _any(_from_safetensors(file, known)).float()
    from fractions import Fraction

    with torch.serialization.safe_globals([*known.values(), Fraction]):
        package = torch.load(file, map_location="cpu", weights_only=True)
    if package["klass"] not in known.values():
        raise CannotSeparateError(f"{file}: {package['klass']} is no model of Demucs")
    return _any(load_model(package)).float()


def _from_safetensors(file: Path, known: dict[str, Any]) -> Any:
    from demucs.hf import load_safetensors_model
    from safetensors import safe_open

    with safe_open(str(file), framework="pt") as opened:
        told = opened.metadata() or {}
    if told.get("klass") not in known:
        raise CannotSeparateError(f"{file}: {told.get('klass')} is no model of Demucs")
    if "structure" in told:  # names classes of its own, which would be imported
        raise CannotSeparateError(f"{file}: quantised models are not read; take the same model unquantised")
    return load_safetensors_model(file)


def _any(model: "torch.nn.Module") -> Any:
    """The same model; torch's types do not know of what Demucs adds."""
    return model
