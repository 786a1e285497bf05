"""Sentiment by a transformer from a folder: `model.onnx`, `tokenizer.json` and `config.json`, as exports have them.

The labels come from `id2label` of `config.json`: negative, neutral (may be absent) and positive, or 1 to 5 stars.
Nothing is fetched. Belongs here: tokens in, scores out. Does not belong here: which folder (commands), aspects.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from ml.reviews.sentiment import label

MODEL, TOKENIZER, CONFIG = "model.onnx", "tokenizer.json", "config.json"
BATCH = 16
MOST_TOKENS = 512
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
Floats = npt.NDArray[np.float64]


class TransformerError(ValueError):
    """The folder holds no model that can score texts; the message names file and rule."""


@dataclass(frozen=True)
class Transformer:
    """A loaded model: `predict` gives scores and labels.

    Attributes:
        session: of ONNX Runtime.
        tokenizer: with truncation and padding set.
        values: sentiment (-1 to 1) of each of the model's labels.
        named: label of each of the model's labels; None where they are stars, and the score decides.
    """

    session: Any
    tokenizer: Any
    values: Floats
    named: tuple[str, ...] | None

    @classmethod
    def load(cls, folder: Path, threads: int = 1) -> Transformer:
        """Read the folder.

        Raises:
            TransformerError: a file is missing or cannot be read, or labels or inputs are of another kind.
        """
        paths = {name: folder / name for name in (MODEL, TOKENIZER, CONFIG)}
        if missing := [name for name, path in paths.items() if not path.is_file()]:
            raise TransformerError(
                f"{folder} lacks {', '.join(missing)}; a model exported to ONNX has {', '.join(paths)}"
            )
        try:
            config = json.loads(paths[CONFIG].read_text(encoding="utf-8"))
        except ValueError as error:
            raise TransformerError(f"{paths[CONFIG]}: no valid JSON: {error}") from error
        values, named = _meaning(paths[CONFIG], config.get("id2label"))
        session, tokenizer = _session(paths[MODEL], threads), _tokenizer(paths[TOKENIZER], config)
        asked = [one.name for one in session.get_inputs()]
        if unknown := sorted(set(asked) - set(INPUTS)):
            raise TransformerError(
                f"{paths[MODEL]}: unknown inputs {', '.join(unknown)}; known are {', '.join(INPUTS)}"
            )
        return cls(session, tokenizer, values, named)

    def predict(self, texts: list[str]) -> pl.DataFrame:
        """Return score and label of each text."""
        chances = np.empty((len(texts), len(self.values)))
        order = np.argsort([len(text) for text in texts], kind="stable")
        for start in range(0, len(texts), BATCH):
            some = order[start : start + BATCH]
            chances[some] = self._chances([texts[place] for place in some])
        scores = chances @ self.values
        if self.named is None:
            labels = [label(float(score)) for score in scores]
        else:
            labels = [self.named[place] for place in chances.argmax(axis=1)]
        return pl.DataFrame({"score": scores, "label": labels}, schema={"score": pl.Float64, "label": pl.String})

    def _chances(self, texts: list[str]) -> Floats:
        encoded = self.tokenizer.encode_batch(texts)
        given = {
            "input_ids": np.array([one.ids for one in encoded], dtype=np.int64),
            "attention_mask": np.array([one.attention_mask for one in encoded], dtype=np.int64),
            "token_type_ids": np.array([one.type_ids for one in encoded], dtype=np.int64),
        }
        answer = self.session.run(None, {one.name: given[one.name] for one in self.session.get_inputs()})[0]
        logits = np.asarray(answer, dtype=np.float64)
        if logits.shape != (len(texts), len(self.values)) or not np.isfinite(logits).all():
            raise TransformerError(
                f"the model answers {logits.shape} for {len(texts)} texts and {len(self.values)} labels; finite "
                "numbers, one per text and label of config.json, are needed"
            )
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        found: Floats = powers / powers.sum(axis=1, keepdims=True)
        return found


def _meaning(path: Path, labels: Any) -> tuple[Floats, tuple[str, ...] | None]:
    """Sentiment and name of each label."""
    try:
        names = [str(labels[str(number)]).strip().lower() for number in range(len(labels))]
    except (TypeError, KeyError):
        names = []
    stars = [re.fullmatch(r"([1-5]) ?stars?", name) for name in names]
    if names and all(stars):
        return np.array([(int(one[1]) - 3) / 2 for one in stars if one]), None
    known = {"neg": ("negative", -1.0), "neu": ("neutral", 0.0), "pos": ("positive", 1.0)}
    found = [known.get(name[:3]) for name in names]
    if len({one[0] for one in found if one}) < 2 or None in found:
        raise TransformerError(
            f"{path}: id2label is {labels!r}; labels that begin with neg, neu, pos, or '1 star' to '5 stars', "
            "are needed"
        )
    return np.array([one[1] for one in found if one]), tuple(one[0] for one in found if one)


def _session(path: Path, threads: int) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = threads, 3
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise TransformerError(f"{path}: not a model that ONNX Runtime reads: {str(error).splitlines()[0]}") from error


def _tokenizer(path: Path, config: dict[str, Any]) -> Any:
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:
        raise TransformerError(f"{path}: not a tokenizer: {str(error).splitlines()[0]}") from error
    padding = config.get("pad_token_id") or 0
    # RoBERTa counts positions from behind the padding token.
    most = min(MOST_TOKENS, int(config.get("max_position_embeddings", MOST_TOKENS)) - (2 if padding == 1 else 0))
    tokenizer.enable_truncation(most)
    tokenizer.enable_padding(pad_id=padding, pad_token=tokenizer.id_to_token(padding) or "[PAD]")
    return tokenizer
