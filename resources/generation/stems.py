"""Drafts of stems: a plan from the track's JAMS, a backend by rules or with weights, and the measured adherence."""

import dataclasses
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audio.files import missing_packages
from resources.generation.making import CannotMakeError, Made, Outcome, Planned
from resources.generation.stem_plans import Choice, choose, reserve_for

if TYPE_CHECKING:
    from audio.generation.backends import Backend
    from audio.generation.drafts import Draft
    from lake.journals.generation import Standing
    from lake.lakehouse import Lake
    from resources.language_model import LanguageModel

PLANNED = "planned"
ANALYSES = "silver/audio_analyses"
BARS, ATTEMPTS = 8, 3
OUTLINE = 400  # peaks of a drawn sound


@dataclass(frozen=True)
class StemMaker:
    """Makes loops that follow the first bars of a track."""

    lake: "Lake"
    models: Path | None = None
    may_use_cpu: bool = False
    model: "LanguageModel | None" = None
    prices: tuple[float, float] = (0.0, 0.0)

    def plan(self, request: "Standing") -> Planned:
        """The plan from the JAMS of the track's analysis."""
        from audio.generation.plan import CannotPlanError, plan_loop

        if missing := missing_packages():
            raise CannotMakeError(f"the audio packages are missing ({', '.join(missing)}); install them: make audio")
        bars = request.details["parameters"].get("bars", BARS)
        try:
            jams, file_id = self._jams(request.details["track_id"])
            plan = plan_loop(jams, bars, request.details.get("section"))
        except CannotPlanError as error:
            raise CannotMakeError(str(error)) from error
        values = dataclasses.asdict(plan) | {"file_id": file_id}
        is_planned = request.details["backend"] == PLANNED
        return Planned(values, reserve_for(_facts(request, values), self.model, self.prices) if is_planned else 0.0)

    def make(self, request: "Standing", planned: Planned, folder_of: Callable[[str], Path]) -> Outcome:
        """Drafts by successive seeds; of a stem whose drafts all miss the plan, the reason."""
        from audio.generation.drafts import CannotGenerateError, draft_stem

        parameters, chosen = request.details["parameters"], self._choice(request, planned.plan)
        backend = self._backend(chosen.backend, chosen.style)
        plan, cost = plan_of(planned.plan), planned.reserve if chosen.cost is None else chosen.cost
        inputs = planned.plan | ({"choice": dataclasses.asdict(chosen)} if chosen.by else {})
        drafts, reasons = [], []
        for stem in request.details["names"]:
            attempts = parameters.get("attempts", ATTEMPTS)
            try:
                draft = draft_stem(plan, stem, backend, folder_of(stem), parameters["seed"], attempts)
            except CannotGenerateError as error:
                reasons.append(f"{stem}: {error}")
                continue
            if draft.is_accepted:
                drafts.append(self._made(draft, inputs))
            else:
                last = "; ".join(draft.attempts[-1].reasons)
                reasons.append(f"{stem}: rejected after {len(draft.attempts)} seeds: {last}")
        return Outcome(tuple(drafts), tuple(reasons), cost)

    def _choice(self, request: "Standing", plan: dict[str, Any]) -> Choice:
        """The backend of the request, or what the model plans."""
        from audio.generation.studio.models import MODELS, NotAtHandError, folder_of, interpreter_of

        wanted = request.details["backend"]
        if wanted != PLANNED:
            return Choice(wanted, "", "", "", 0.0)
        available = ["rules"]
        for name in (one.name for one in MODELS.values() if one.makes == "stem"):
            try:
                folder_of(self.models, name)
                interpreter_of(name)
            except NotAtHandError:
                continue
            available.append(name)
        seed = request.details["parameters"]["seed"]
        return choose(_facts(request, plan), available, self.model, self.prices, seed)

    def _backend(self, name: str, style: str) -> "Backend":
        """The backend of a request; why not, where its weights or packages are missing."""
        from audio.generation.backends import RuleBackend
        from audio.generation.studio.backends import StudioBackend
        from audio.generation.studio.models import NotAtHandError
        from audio.generation.studio.vocals import VocalsBackend

        if name == RuleBackend.name:
            return RuleBackend()
        try:
            if name == VocalsBackend.name:
                return VocalsBackend.found(self.models, self.may_use_cpu)
            found = StudioBackend.found(name, self.models, self.may_use_cpu)
        except NotAtHandError as error:
            raise CannotMakeError(str(error)) from error
        found.style = style
        return found

    def _jams(self, track_id: str) -> tuple[dict[str, Any], str]:
        """The JAMS of a track's published analysis, and the file that was analysed."""
        published = self.lake.published()
        found = None
        if ANALYSES in published:
            con = self.lake.connect({ANALYSES: published[ANALYSES]})
            sql = "select jams, file_id from silver.audio_analyses where track_id = $id"
            found = con.execute(sql, {"id": track_id}).fetchone()
        if found is None:
            raise CannotMakeError(f"track {track_id} has no published analysis; put its audio into the inbox first")
        try:
            whole: dict[str, Any] = json.loads((self.lake.root / found[0]).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise CannotMakeError(f"the JAMS of track {track_id} cannot be read: {error}; analyse it again") from error
        return whole, found[1]

    def _made(self, draft: "Draft", plan: dict[str, Any]) -> Made:
        assert draft.path is not None, "asked of an accepted draft"
        accepted = draft.attempts[-1]
        tried = [dataclasses.asdict(one) for one in draft.attempts]
        details = {
            "path": str(draft.path.relative_to(self.lake.root)),
            "sha256": draft.sha256,
            "backend": draft.backend,
            "backend_version": draft.backend_version,
            "seed": accepted.seed,
            "inputs": plan,
            "scores": accepted.scores | {"attempts": tried, "outline": outline_of(draft.path)},
        }
        return Made(draft.stem, details)


def _facts(request: "Standing", plan: dict[str, Any]) -> dict[str, Any]:
    """What a model is told of the loop: no names."""
    beats = plan["beats_s"]
    return {
        "stems": request.details["names"],
        "bpm": round(60 * len(beats) / plan["duration_s"]),
        "beats_per_bar": plan["beats_per_bar"],
        "key": plan["key"],
        "chords": [one["label"] for one in plan["chords"]][:16],
    }


def outline_of(path: Path) -> list[float]:
    """Peaks of a sound in equal steps, to draw it; each 0 to 1."""
    import numpy as np

    from audio.decode import Decoder

    samples = np.abs(np.concatenate(list(Decoder(path)), axis=1)).max(axis=0)
    return [round(float(part.max()), 3) for part in np.array_split(samples, min(OUTLINE, samples.size))]


def plan_of(values: dict[str, Any]) -> Any:
    """The plan from the values that a request or an asset keeps of it."""
    from audio.generation.plan import Plan, Span

    chords, sections = (tuple(Span(**one) for one in values.get(name, ())) for name in ("chords", "sections"))
    own = {one.name: values[one.name] for one in dataclasses.fields(Plan) if one.name in values}
    return Plan(**{**own, "chords": chords, "sections": sections, "beats_s": tuple(values["beats_s"])})
