"""A tiny transformer that the test makes: a table of word values, averaged over the words of a text."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.needs import need_packages

pytestmark = pytest.mark.heavy
WORDS = ("[PAD]", "[UNK]", "i", "the", "love", "hate", "this", "record", "songs", "is", "and", "it")
LABELS = {"0": "NEG", "1": "NEU", "2": "POS"}
VALUES = np.zeros((len(WORDS), 3), dtype=np.float32)
VALUES[4], VALUES[5], VALUES[6] = (-3, 0, 5), (6, 0, -2), (0, 1, 0)


def made(folder: Path, labels: Any = LABELS, values: Any = VALUES) -> Path:
    """Write model.onnx (mean of the rows of `values` under the mask), tokenizer.json and config.json."""
    need_packages("onnx", "onnxruntime", target="models")
    need_packages("tokenizers", target="search")
    import onnx
    from onnx import TensorProto as Kind
    from onnx import helper, numpy_helper
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

    folder.mkdir(parents=True, exist_ok=True)
    nodes = [
        helper.make_node("Gather", ["values", "input_ids"], ["rows"]),
        helper.make_node("Cast", ["attention_mask"], ["real"], to=Kind.FLOAT),
        helper.make_node("Unsqueeze", ["real", "two"], ["mask"]),
        helper.make_node("Mul", ["rows", "mask"], ["kept"]),
        helper.make_node("ReduceSum", ["kept", "one"], ["sums"], keepdims=0),
        helper.make_node("ReduceSum", ["mask", "one"], ["counts"], keepdims=0),
        helper.make_node("Div", ["sums", "counts"], ["logits"]),
    ]
    given = [helper.make_tensor_value_info(name, Kind.INT64, ["b", "s"]) for name in ("input_ids", "attention_mask")]
    answer = [helper.make_tensor_value_info("logits", Kind.FLOAT, ["b", values.shape[1]])]
    constants = [numpy_helper.from_array(values, "values"), numpy_helper.from_array(np.array([1]), "one"),
                 numpy_helper.from_array(np.array([2]), "two")]  # fmt: skip
    graph = helper.make_graph(nodes, "tiny", given, answer, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, str(folder / "model.onnx"))
    tokenizer = Tokenizer(models.WordLevel({word: place for place, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = normalizers.Lowercase(), pre_tokenizers.Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {"id2label": labels, "pad_token_id": 0, "max_position_embeddings": 8}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


def expected(text: str) -> np.ndarray:
    """Softmax of the mean of the words' values, of the first eight words."""
    words = text.lower().split()[:8]
    logits = np.mean([VALUES[WORDS.index(word)] if word in WORDS else VALUES[1] for word in words], axis=0)
    powers = np.exp(logits - logits.max())
    found: np.ndarray = powers / powers.sum()
    return found


def test_scores_are_those_of_numpy_whatever_stands_beside_a_text(tmp_path: Path) -> None:
    folder = made(tmp_path)
    from ml.reviews.transformer import Transformer

    texts = ["I love this record", "hate", "the songs and the record and it is this love love love", "this"] * 9
    found = Transformer.load(folder).predict(texts)
    chances = np.array([expected(text) for text in texts])
    np.testing.assert_allclose(found["score"], chances[:, 2] - chances[:, 0], atol=1e-5)
    names = ("negative", "neutral", "positive")
    assert found["label"].to_list() == [names[place] for place in chances.argmax(axis=1)]


def test_stars_are_spread_from_minus_one_to_one(tmp_path: Path) -> None:
    values = np.zeros((len(WORDS), 5), dtype=np.float32)
    values[4, 4], values[5, 0] = 30, 30
    folder = made(tmp_path, {str(number): f"{number + 1} star{'s' if number else ''}" for number in range(5)}, values)
    from ml.reviews.transformer import Transformer

    found = Transformer.load(folder).predict(["love", "hate", "the"])
    np.testing.assert_allclose(found["score"], [1, -1, 0], atol=1e-5)
    assert found["label"].to_list() == ["positive", "negative", "neutral"]


def test_the_command_scores_and_leaves_other_languages_out(tmp_path: Path, lacquer: Callable[..., Any]) -> None:
    folder = made(tmp_path / "model")
    texts = tmp_path / "texts.csv"
    texts.write_text(
        "text_id,text\n1,I love this record\n2,Die Pressung ist sehr gut und der Klang ist warm\n3,I hate it\n"
    )
    lacquer("sentiment", texts, "--model", folder, "--out", tmp_path / "scored.csv")
    found = pl.read_csv(tmp_path / "scored.csv")
    assert found["label"].to_list() == ["positive", None, "negative"]
    score = expected("I love this record")
    assert found["score"][0] == pytest.approx(score[2] - score[0], abs=1e-4)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda folder: (folder / "tokenizer.json").unlink(), "lacks tokenizer.json"),
        (lambda folder: (folder / "model.onnx").write_bytes(b"none"), "not a model that ONNX Runtime reads"),
        (lambda folder: (folder / "tokenizer.json").write_text("{}"), "not a tokenizer"),
        (lambda folder: (folder / "config.json").write_text("{"), "no valid JSON"),
        (lambda folder: (folder / "config.json").write_text('{"id2label": {"0": "cat", "1": "dog"}}'), "id2label is"),
        (lambda folder: (folder / "config.json").write_text('{"id2label": {"0": "neg", "1": "pos"}}'), "answers"),
    ],
)
def test_a_folder_that_holds_no_such_model_is_named(
    tmp_path: Path, spoil: Callable[[Path], object], message: str
) -> None:
    folder = made(tmp_path)
    spoil(folder)
    from ml.reviews.transformer import Transformer, TransformerError

    with pytest.raises(TransformerError, match=message):
        Transformer.load(folder).predict(["love"])
