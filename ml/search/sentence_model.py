"""Vectors of sentences from a BERT encoder with mean pooling, in NumPy: no framework, no hub, no download.

The architecture is that of `sentence-transformers/all-MiniLM-L6-v2`: token, position and type embeddings, layers of
self-attention and a feed-forward part with exact GELU, each with a residual sum and a layer norm (Devlin et al. 2018),
then the mean over tokens, scaled to length one. The folder holds `config.json`, `model.safetensors`, `tokenizer.json`.
"""

import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
FILES = ("config.json", "model.safetensors", "tokenizer.json")
MOST_TOKENS = 256  # of a text; the model was trained with so many


class SentenceModel:
    """A sentence encoder.

    Args:
        folder: of the model's files.

    Raises:
        ValueError: a file is missing, or the model is not such an encoder.
    """

    def __init__(self, folder: Path) -> None:
        missing = [name for name in FILES if not (folder / name).is_file()]
        if missing:
            raise ValueError(f"sentence model {folder}: no {', '.join(missing)}")
        self._folder = folder
        config: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        if config.get("model_type") != "bert" or config.get("hidden_act") != "gelu":
            raise ValueError(f"sentence model {folder}: model_type must be bert with hidden_act gelu")
        self._layers: int = config["num_hidden_layers"]
        self._heads: int = config["num_attention_heads"]
        self._epsilon: float = config["layer_norm_eps"]
        self.size: int = config["hidden_size"]

    def __repr__(self) -> str:
        """The model by the name of its folder and a digest of its files: the same for the same weights."""
        return f"{self._folder.name}-{self._digest}"

    @cached_property
    def _digest(self) -> str:
        from hashlib import blake2b

        found = blake2b(digest_size=6)
        for name in FILES:
            with (self._folder / name).open("rb") as file:
                while part := file.read(1 << 20):
                    found.update(part)
        return found.hexdigest()

    @cached_property
    def _weights(self) -> dict[str, Vectors]:
        from safetensors.numpy import load_file

        return {
            name: array.astype(np.float32)
            for name, array in load_file(self._folder / "model.safetensors").items()
            if array.dtype.kind == "f"
        }

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        found = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        found.enable_truncation(MOST_TOKENS)
        found.enable_padding()
        return found

    def encode(self, texts: Sequence[str], batch: int = 32) -> Vectors:
        """One row of length one for each text.

        Args:
            texts: what to encode; each is cut after 256 tokens.
            batch: texts computed together; texts of a like length go together, so that little is padding.
        """
        vectors = np.zeros((len(texts), self.size), np.float32)
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        for start in range(0, len(order), batch):
            places = order[start : start + batch]
            vectors[places] = self._encode_batch([texts[place] for place in places])
        return vectors

    def _encode_batch(self, texts: list[str]) -> Vectors:
        encoded = self._tokenizer.encode_batch(texts)
        ids = np.array([one.ids for one in encoded])
        mask = np.array([one.attention_mask for one in encoded], np.float32)
        weights, part = self._weights, "embeddings."
        hidden = (
            weights[f"{part}word_embeddings.weight"][ids]
            + weights[f"{part}position_embeddings.weight"][: ids.shape[1]]
            + weights[f"{part}token_type_embeddings.weight"][0]
        )
        hidden = self._layer_norm(hidden, f"{part}LayerNorm")
        for layer in range(self._layers):
            hidden = self._layer(hidden, mask, f"encoder.layer.{layer}.")
        mean = (hidden * mask[..., None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
        scaled: Vectors = (mean / np.linalg.norm(mean, axis=1, keepdims=True)).astype(np.float32)
        return scaled

    def _layer(self, hidden: Vectors, mask: Vectors, name: str) -> Vectors:
        attended = self._linear(
            self._attention(hidden, mask, f"{name}attention.self."), f"{name}attention.output.dense"
        )
        hidden = self._layer_norm(hidden + attended, f"{name}attention.output.LayerNorm")
        inner = _gelu(self._linear(hidden, f"{name}intermediate.dense"))
        return self._layer_norm(hidden + self._linear(inner, f"{name}output.dense"), f"{name}output.LayerNorm")

    def _attention(self, hidden: Vectors, mask: Vectors, name: str) -> Vectors:
        count, length, size = hidden.shape
        query, key, value = (
            self._linear(hidden, f"{name}{part}").reshape(count, length, self._heads, -1).transpose(0, 2, 1, 3)
            for part in ("query", "key", "value")
        )
        scores = query @ key.transpose(0, 1, 3, 2) / np.float32(np.sqrt(size // self._heads))
        scores = scores + (1 - mask)[:, None, None, :] * np.float32(-1e9)
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        scores /= scores.sum(axis=-1, keepdims=True)
        joined: Vectors = (scores @ value).transpose(0, 2, 1, 3).reshape(count, length, size)
        return joined

    def _linear(self, rows: Vectors, name: str) -> Vectors:
        answer: Vectors = rows @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]
        return answer

    def _layer_norm(self, rows: Vectors, name: str) -> Vectors:
        centred = rows - rows.mean(axis=-1, keepdims=True)
        scale = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + np.float32(self._epsilon))
        answer: Vectors = centred / scale * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]
        return answer


def _gelu(rows: Vectors) -> Vectors:
    """The exact GELU, x times the normal distribution function of x."""
    from scipy.special import ndtr

    answer: Vectors = (rows * ndtr(rows)).astype(np.float32)
    return answer
