"""Demucs behind the interface: the answer is its own, and only files that somebody vouched for are opened.

Needs torch (make stems); where the heavy tests run on CI it has to be there.
"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from audio.decode import Decoder
from audio.pool import work_all
from audio.separation.demucs_models import load
from audio.separation.separator import CannotSeparateError
from audio.separation.weights import trusted
from audio.separation.windows import in_windows
from audio.separation.work import SEPARATION, StemJob
from tests.needs import need_packages
from tests.unit.audio.conftest import clicks, tone
from tests.unit.audio.demucs_builders import checksum, list_checksums, save_pickle, save_safetensors, tiny

pytestmark = pytest.mark.heavy


@pytest.fixture(autouse=True, scope="module")
def torch_packages() -> None:
    need_packages("torch", "demucs", target="stems")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory, torch_packages: None) -> Path:
    """One model as safetensors, another as a pickle, and a bag of both that takes each stem from one of them."""
    folder = tmp_path_factory.mktemp("models")
    save_safetensors(tiny(1), folder / "first.safetensors")
    save_pickle(tiny(2), folder / "second.th")
    (folder / "both.yaml").write_text("models: ['first', 'second']\nweights: [[1, 0, 3, 0], [0, 1, 1, 1]]\n")
    list_checksums(folder)
    return folder


@pytest.fixture
def own(models: Path, tmp_path: Path) -> Path:
    """A copy of the models that a test may spoil."""
    return Path(shutil.copytree(models, tmp_path / "models"))


def noise(seconds: float) -> np.ndarray:
    return np.random.default_rng(5).normal(0, 0.2, (2, int(seconds * 44_100))).astype(np.float32)


def separated(folder: Path, model: str, sound: np.ndarray) -> np.ndarray:
    stretches = in_windows(iter(np.array_split(sound, 7, axis=1)), load(folder, model, threads=1))
    return np.concatenate([stems for _, stems in stretches], axis=2)


@pytest.mark.parametrize("seconds", [0.5, 1.5])
def test_the_answer_is_that_of_demucs_itself(models: Path, seconds: float) -> None:
    """Its own `apply_model`, which holds the whole song in memory."""
    import torch
    from demucs.apply import BagOfModels, apply_model
    from demucs.hf import load_safetensors_model
    from demucs.states import load_model

    sound = noise(seconds)
    first = load_safetensors_model(models / "first.safetensors").eval()
    second = load_model(next(models.glob("second-*.th"))).float().eval()
    bag = BagOfModels([first, second], [[1.0, 0.0, 3.0, 0.0], [0.0, 1.0, 1.0, 1.0]])
    for name, theirs in (("first", first), ("both", bag)):
        with torch.no_grad():
            expected = apply_model(theirs, torch.from_numpy(sound)[None], shifts=0, split=True)[0].numpy()
        np.testing.assert_allclose(separated(models, name, sound), expected, atol=1e-5)


def test_a_hub_cache_is_read_where_it_stands(models: Path, tmp_path: Path) -> None:
    blobs = tmp_path / "models--adefossez--HTDemucs" / "blobs"
    snapshot = blobs.parent / "snapshots" / "abc"
    blobs.mkdir(parents=True)
    snapshot.mkdir(parents=True)
    source = models / "first.safetensors"
    blob = blobs / checksum(source)
    shutil.copyfile(source, blob)
    (snapshot / "sig.safetensors").symlink_to(blob)
    (snapshot / "htdemucs.yaml").write_text("models: ['sig']\n")
    assert load(tmp_path, "htdemucs", threads=1).checksum == checksum(source)
    blob.write_bytes(blob.read_bytes()[:-1] + b"x")
    with pytest.raises(CannotSeparateError, match=r"is not the file that is listed"):
        load(tmp_path, "htdemucs", threads=1)


def test_what_is_not_listed_or_differs_is_not_opened(own: Path) -> None:
    (own / "first.safetensors").write_bytes(b"other")
    with pytest.raises(CannotSeparateError, match=r"first\.safetensors is not the file that is listed: SHA-256"):
        load(own, "first", threads=1)
    (own / "SHA256SUMS").unlink()
    with pytest.raises(CannotSeparateError, match=r"is not listed in .*SHA256SUMS; check where it comes from"):
        load(own, "second", threads=1)


def test_safetensors_come_before_a_pickle_of_the_same_name(own: Path) -> None:
    shutil.copyfile(next(own.glob("second-*.th")), own / "first.th")
    list_checksums(own)
    assert [file.name for file in trusted(own, "first").files] == ["first.safetensors"]


class Surprise:
    """What a hostile pickle would run."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return print, ("surprise",)


def test_a_pickle_runs_nothing_even_if_listed(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import torch

    torch.save({"klass": Surprise(), "args": (), "kwargs": {}, "state": {}}, own / "evil.th")
    list_checksums(own)
    with pytest.raises(CannotSeparateError, match=r"evil does not load: UnpicklingError"):
        load(own, "evil", threads=1)
    assert "surprise" not in capsys.readouterr().out


def test_safetensors_name_no_class_but_those_of_demucs(own: Path) -> None:
    import torch
    from safetensors.torch import save_file

    save_file({"x": torch.zeros(1)}, str(own / "evil.safetensors"), {"klass": "subprocess.Popen", "args": "[]"})
    list_checksums(own)
    with pytest.raises(CannotSeparateError, match=r"subprocess\.Popen is no model of Demucs"):
        load(own, "evil", threads=1)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("third", r"no model third in .*; there: both, empty, first, lost, second-\w{8}$"),
        ("../first", r"'\.\./first' is no name of a model"),
        ("lost", r"no gone\.safetensors and no gone\.th in"),
        ("empty", r"names no models"),
    ],
)
def test_what_is_missing_is_named(own: Path, model: str, message: str) -> None:
    (own / "lost.yaml").write_text("models: ['gone']\n")
    (own / "empty.yaml").write_text("segment: 4\n")
    with pytest.raises(CannotSeparateError, match=message):
        load(own, model, threads=1)
    with pytest.raises(CannotSeparateError, match="no folder of models at"):
        load(own / "nowhere", "first", threads=1)


def test_children_write_stems_and_say_so_last(models: Path, tmp_path: Path, written: Callable[..., Path]) -> None:
    good = written(np.stack([clicks(120, 3.0), tone(440, 3.0)]), "good.wav")
    text = tmp_path / "text.mp3"
    text.write_text("no music")
    (tmp_path / "0.stems").mkdir()
    (tmp_path / "0.stems" / "piano.flac").write_bytes(b"of another model")
    jobs = [
        StemJob(path, tmp_path / f"{number}.stems", 3.0, models, "first", 1) for number, path in enumerate([good, text])
    ]
    shares: list[float] = []
    outcomes = {
        one.job.path.name: one for one in work_all(jobs, SEPARATION, 1, lambda job, share: shares.append(share))
    }
    assert outcomes["text.mp3"].reason == "not decodable: no format that FFmpeg reads"
    assert outcomes["good.wav"].reason is None
    assert shares[-1] == 1.0
    stated = json.loads((tmp_path / "0.stems" / "stems.json").read_text())
    assert stated == json.loads(json.dumps(outcomes["good.wav"].told))
    assert stated["checksum"] == checksum(models / "first.safetensors")
    names = {"drums", "bass", "other", "vocals"}
    assert {path.name for path in (tmp_path / "0.stems").iterdir()} == {f"{name}.flac" for name in names} | {
        "stems.json"
    }
    mix = np.concatenate(list(Decoder(good)), axis=1)
    stems = []
    for told in stated["stems"]:
        path = tmp_path / "0.stems" / told["path"]
        assert checksum(path) == told["sha256"]
        decoder = Decoder(path)
        stems.append(np.concatenate(list(decoder), axis=1))
        assert (decoder.told.rate, decoder.told.channels, decoder.told.decoded_s) == (44_100, 2, 3.0)
    rest = mix - np.sum(stems, axis=0)
    assert 10 * np.log10(np.sum(rest**2) / np.sum(mix**2)) == pytest.approx(stated["residual_db"], abs=0.01)
