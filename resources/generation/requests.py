"""Requests for stems, texts and pictures: what may be asked, and the request on record."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lake.journals.generation import FAILED, PENDING, Standing, StateError, note_state, read_standings

if TYPE_CHECKING:
    from lake.lakehouse import Lake

MOST_BARS, MOST_ATTEMPTS = 64, 10
PARAMETERS = {"stem": {"seed", "attempts", "bars"}, "text": {"seed"}, "picture": {"seed"}}
BACKENDS = {
    "stem": ("rules", "musicgen", "stable-audio", "planned", "vocals"),
    "text": ("auto", "template", "model"),
    "picture": ("auto", "rules", "model", "diffusion"),
}


class RequestError(ValueError):
    """The request asks for what cannot be made; the message says which rule it breaks."""


@dataclass(frozen=True)
class Wish:
    """What somebody asks for.

    Attributes:
        kind: stem, text or picture.
        subject_id: the track of stems, else the release.
        names: stems, or one channel, or picture formats.
        language: of a text.
        backend: what makes it.
        parameters: seed, attempts and bars.
        section: of the track that stems are a loop of, such as chorus; None for its beginning.
    """

    kind: str
    subject_id: str
    names: tuple[str, ...]
    language: str | None = None
    backend: str = "auto"
    parameters: Mapping[str, int] = field(default_factory=dict)
    section: str | None = None


def ask(lake: "Lake", wish: Wish, who: str, why: str = "asked") -> Standing:
    """Put a request on record as pending.

    Raises:
        RequestError: it breaks a rule.
        LookupError: the track or release is not published.
    """
    backend = _check(wish)
    details = {
        "kind": wish.kind,
        "names": list(wish.names),
        "language": wish.language,
        "backend": backend,
        "parameters": {"seed": 0, **wish.parameters},
        **({"section": wish.section} if wish.section else {}),
        **_subject(lake, wish),
    }
    return note_state(lake, "request", uuid.uuid4().hex[:12], PENDING, who, why, details=details)


def ask_again(lake: "Lake", request_id: str, who: str, why: str) -> Standing:
    """Put a failed request back to pending.

    Raises:
        LookupError: there is no such request.
        StateError: it has not failed.
    """
    one = request_of(lake, request_id)
    if one.state != FAILED:
        raise StateError(f"request {request_id} is {one.state}; only a failed one can be asked again")
    return note_state(lake, "request", request_id, PENDING, who, why, after=one.number)


def request_of(lake: "Lake", request_id: str) -> Standing:
    """A request by its id.

    Raises:
        LookupError: there is none.
    """
    one = read_standings(lake).get(request_id)
    if one is None or one.subject != "request":
        raise LookupError(f"no request {request_id}; lacquer assets requests lists them")
    return one


def _check(wish: Wish) -> str:
    """The backend; raise RequestError where the wish breaks a rule."""
    if wish.kind not in BACKENDS:
        raise RequestError(f"kind {wish.kind!r}: known are {', '.join(BACKENDS)}")
    backends = BACKENDS[wish.kind]
    backend = backends[0] if wish.backend == "auto" else wish.backend
    if backend not in backends:
        raise RequestError(f"backend {backend!r} makes no {wish.kind}; known are {', '.join(backends)}")
    if unknown := sorted(set(wish.parameters) - PARAMETERS[wish.kind]):
        raise RequestError(f"{', '.join(unknown)}: a {wish.kind} takes {', '.join(sorted(PARAMETERS[wish.kind]))}")
    _check_numbers(wish.parameters)
    if wish.section and wish.kind != "stem":
        raise RequestError(f"section {wish.section!r}: only stems are of a section")
    if wish.kind == "stem":
        _check_stems(wish.names, backend)
    if wish.kind == "text":
        _check_text(wish)
    if wish.kind == "picture":
        _check_picture(wish)
    return backend


def _check_numbers(parameters: Mapping[str, int]) -> None:
    for name, least, most in (("seed", 0, 2**31), ("attempts", 1, MOST_ATTEMPTS), ("bars", 1, MOST_BARS)):
        if not least <= parameters.get(name, least) <= most:
            raise RequestError(f"{name} is {parameters[name]}; {least} to {most} are allowed")


def _check_stems(names: Sequence[str], backend: str) -> None:
    from audio.generation.parts import STEMS

    if "vocals" in (*names, backend):
        if backend != "vocals" or list(names) != ["vocals"]:
            raise RequestError(
                "stems: vocals are made alone, by the backend vocals (experimental), which makes nothing else"
            )
        return

    if not names or (unknown := [one for one in names if one not in STEMS]) or len(set(names)) < len(names):
        listed = ", ".join(unknown) if names and unknown else "none or one twice"
        raise RequestError(f"stems: {listed}; name each once, of {', '.join(STEMS)}")


def _check_text(wish: Wish) -> None:
    from ml.texts.channels import CHANNELS
    from ml.texts.checker import LANGUAGES

    if len(wish.names) != 1 or wish.names[0] not in CHANNELS:
        raise RequestError(f"channel {', '.join(wish.names)!r}: one of {', '.join(CHANNELS)} is needed")
    if wish.language not in LANGUAGES:
        raise RequestError(f"language {wish.language!r}: texts can be checked in {', '.join(LANGUAGES)}")


def _check_picture(wish: Wish) -> None:
    from ml.pictures.formats import FORMATS

    if not wish.names or not set(wish.names) <= FORMATS.keys() or len(set(wish.names)) < len(wish.names):
        raise RequestError(f"formats {', '.join(wish.names)!r}: name each once, of {', '.join(FORMATS)}")
    if wish.language is not None:
        raise RequestError(f"language {wish.language!r}: a picture has title and artist on it and takes no language")


def _subject(lake: "Lake", wish: Wish) -> dict[str, Any]:
    """The release, and of stems the track, as they are published."""
    table, key = ("silver/tracks", "track_id") if wish.kind == "stem" else ("gold/dim_release", "release_id")
    published = lake.published()
    if table not in published:
        raise LookupError(f"{table} is not published in this lake yet; finish a run with lacquer run")
    con = lake.connect({table: published[table]})
    sql = f"select release_id from {table.replace('/', '.')} where {key} = $id"
    found = con.execute(sql, {"id": wish.subject_id}).fetchone()
    if found is None:
        raise LookupError(f"no {key.removesuffix('_id')} {wish.subject_id} in {table.replace('/', '.')}")
    return {"release_id": found[0], "track_id": wish.subject_id if wish.kind == "stem" else None}
