"""Drafts of pictures: a background by rules or a model, the release's title and artist on it, and how legible it is."""

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from resources.generation.diffusion import NAME, DiffusionModel
from resources.generation.making import CannotMakeError, Made, Outcome, Planned
from resources.generation.texts import fact_values, read_facts
from resources.language_model import LanguageModelError

if TYPE_CHECKING:
    from PIL.Image import Image

    from lake.journals.generation import Standing
    from lake.lakehouse import Lake
    from ml.pictures.formats import PictureFormat
    from ml.pictures.palettes import Palette
    from resources.image_model import ImageModel

USED = ("title", "artist_name", "genre")


@dataclass(frozen=True)
class PictureMaker:
    """Makes pictures of releases."""

    lake: "Lake"
    model: "ImageModel | None"
    price: float
    models: Path | None = None
    may_use_cpu: bool = False

    def plan(self, request: "Standing") -> Planned:
        """The facts that are shown, and the money that a model may cost."""
        published = self.lake.published()
        needed = {key: version for key, version in published.items() if key.startswith("gold/")}
        try:
            facts = read_facts(self.lake.connect(needed), request.details["release_id"])
        except LookupError as error:
            raise CannotMakeError(str(error)) from error
        used = [fact_values(fact) for fact in facts if fact.name in USED]
        if not any(fact["name"] == "title" for fact in used):
            raise CannotMakeError("the release has no title; a picture needs one")
        plan = {"facts": used, "dim_release_version": published["gold/dim_release"]}
        paid = self._model_of(request) is not None
        return Planned(plan, self.price * len(request.details["names"]) if paid else 0.0)

    def make(self, request: "Standing", planned: Planned, folder_of: Callable[[str], Path]) -> Outcome:
        """One draft of each format; its findings block the approval. Of a format that fails, the reason."""
        from ml.pictures.formats import format_of

        drafts, reasons, cost = [], [], 0.0
        for name in request.details["names"]:
            try:
                drafts.append(self._draft(request, planned, format_of(name), folder_of(name)))
                cost += self.price if self._model_of(request) else 0.0
            except CannotMakeError as error:
                reasons.append(f"{name}: {error}")
                cost += self.price if error.cost is None else error.cost
        return Outcome(tuple(drafts), tuple(reasons), cost)

    def _draft(self, request: "Standing", planned: Planned, form: "PictureFormat", folder: Path) -> Made:
        from ml.pictures.lettering import CannotLetterError, lay_out, letter
        from ml.pictures.palettes import palette_of

        values = {fact["name"]: fact["value"] for fact in planned.plan["facts"]}
        seed, words = request.details["parameters"]["seed"], (values["title"], values.get("artist_name"))
        try:
            lay_out(form, *words)  # before anything is paid
        except CannotLetterError as error:
            raise CannotMakeError(str(error)) from error
        ground, made_by = self._ground(request, form, values.get("genre"), palette_of(values.get("genre")), seed)
        done = letter(ground, form, *words)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{form.name}.png"
        done.image.save(path, "PNG")
        details: dict[str, Any] = {
            "path": str(path.relative_to(self.lake.root)),
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            **made_by,
            "seed": seed,
            "inputs": planned.plan,
            "scores": done.measured.scores | ({"cost": self.price} if made_by["backend"] == "model" else {}),
            "findings": list(done.measured.findings),
        }
        return Made(form.name, details)

    def _ground(
        self, request: "Standing", form: "PictureFormat", genre: str | None, palette: "Palette", seed: int
    ) -> "tuple[Image, dict[str, Any]]":
        """The background, and what made it."""
        from ml.pictures.backgrounds import VERSION, background_by_rules
        from ml.pictures.prompt import VERSION as PROMPT_VERSION
        from ml.pictures.prompt import prompt_of

        prompt = prompt_of(form, genre, palette)
        if request.details["backend"] == NAME:
            local = DiffusionModel.found(self.models, self.may_use_cpu)
            ground = _fitted(local.paint(prompt, form.width, form.height, seed), form, 0.0)
            version = f"{PROMPT_VERSION}/{local.version}"
            return ground, {"backend": NAME, "backend_version": version, "model": local.model, "prompt": prompt}
        if model := self._model_of(request):
            made_by: dict[str, Any] = {"backend": "model", "backend_version": PROMPT_VERSION}
            return self._painted(model, prompt, form), made_by | {"model": model.model, "prompt": prompt}
        made_by = {"backend": "rules", "backend_version": VERSION, "model": None, "prompt": None}
        return background_by_rules(form, palette, seed), made_by

    def _painted(self, model: "ImageModel", prompt: str, form: "PictureFormat") -> "Image":
        """The model's picture, cut to the format."""
        try:
            body = model.paint(prompt, form.width, form.height)
        except ImportError as error:
            raise CannotMakeError("the package openai is not installed; install it with make serve-tools") from error
        except LanguageModelError as error:
            cost = None if error.tokens is None else self.price * error.tokens[0]
            raise CannotMakeError(f"no picture ({error.state}): {error}", cost) from error
        return _fitted(body, form, self.price)

    def _model_of(self, request: "Standing") -> "ImageModel | None":
        backend = request.details["backend"]
        if backend == "model" and self.model is None:
            raise CannotMakeError("no model is set: LACQUER_IMAGE_MODEL and LACQUER_IMAGE_MODEL_URL name one")
        return None if backend in ("rules", NAME) else self.model


def _fitted(body: bytes, form: "PictureFormat", cost: float) -> "Image":
    """A picture as a model encodes it, cut to the format."""
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(body)) as opened:
            return ImageOps.fit(opened.convert("RGB"), (form.width, form.height))
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise CannotMakeError(f"no picture (invalid): {error}", cost) from error
