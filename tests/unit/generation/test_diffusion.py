"""Pictures by a diffusion model from a folder: a tiny model of random weights, in a process of its own."""

import io
import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from audio.generation.studio.models import NotAtHandError, interpreter_of
from lake.lakehouse import Lake
from resources.generation.diffusion import DiffusionModel
from resources.generation.installation import Generation
from resources.generation.making import CannotMakeError
from resources.generation.requests import Wish, ask
from resources.generation.working import work
from tests.needs import need

CHECKOUT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


def test_without_weights_the_request_is_skipped_and_costs_nothing(lake: Lake, tmp_path: Path) -> None:
    request = ask(lake, Wish("picture", "R1", ("banner",), backend="diffusion"), "ana")
    assert work(lake, Generation(image_price=1.0)).failed == [request.id]
    sql = "select why, cost from gold.generation_requests"
    ((why, cost),) = lake.connect(lake.published()).execute(sql).fetchall()
    assert (why.startswith("banner: skipped: no weights for diffusion"), cost) == (True, 0.0)
    (tmp_path / "diffusion").mkdir()
    with pytest.raises(CannotMakeError, match=r"lacks model_index\.json"):
        DiffusionModel.found(tmp_path, may_use_cpu=True)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny model; without `make studio` there is nothing to try."""
    try:
        python = interpreter_of("diffusion")
    except NotAtHandError as error:
        need(None, str(error))
        raise
    folder = tmp_path_factory.mktemp("models")
    command = [python, str(CHECKOUT / "tests" / "diffusion_model.py"), str(folder / "diffusion")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def pixels(body: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(body)) as opened:
        return np.asarray(opened.convert("RGB"))


@pytest.mark.heavy
@pytest.mark.timeout(900)
def test_prompt_and_seed_change_the_picture(models: Path) -> None:
    model = DiffusionModel.found(models, may_use_cpu=True)
    first = pixels(model.paint("waves in blue", 1600, 1600, 1))
    assert first.shape == (64, 64, 3)  # the model's own area
    assert not np.array_equal(first, pixels(model.paint("tiles in red", 1600, 1600, 1)))
    assert not np.array_equal(first, pixels(model.paint("waves in blue", 1600, 1600, 2)))


@pytest.mark.heavy
@pytest.mark.timeout(900)
def test_a_request_keeps_model_weights_prompt_and_seed(lake: Lake, models: Path) -> None:
    ask(lake, Wish("picture", "R1", ("banner",), backend="diffusion", parameters={"seed": 5}), "ana")
    work(lake, Generation(stem_models=models, may_use_cpu=True))
    sql = "select path, backend, backend_version, model, prompt, seed, inputs, scores from gold.generated_assets"
    ((path, *made_by, inputs, scores),) = lake.connect(lake.published()).execute(sql).fetchall()
    version = DiffusionModel.found(models, may_use_cpu=True).version
    assert made_by[:3] == ["diffusion", f"1/{version}", "diffusion"]
    assert made_by[4] == 5
    assert "Blue Hours" not in made_by[3]  # a model gets no names
    assert json.loads(inputs)["facts"][0]["value"] == "Blue Hours"
    assert pixels((lake.root / path).read_bytes()).shape == (400, 1200, 3)
    assert json.loads(scores)["inside_safe_area"] == 1
