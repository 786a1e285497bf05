"""Drafts of texts: facts of the release, a template or a language model, and the check of what was written."""

import dataclasses
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from resources.generation.making import CannotMakeError, Made, Outcome, Planned

if TYPE_CHECKING:
    import duckdb

    from lake.journals.generation import Standing
    from lake.lakehouse import Lake
    from ml.texts.channels import Channel
    from ml.texts.facts import Fact
    from resources.language_model import LanguageModel

TEMPLATE_VERSION = PROMPT_VERSION = "2"
CHARACTERS_PER_TOKEN, MOST_TOKENS = 3, 400  # to reserve money before a model is asked
MILLION = 1_000_000
BESIDE = ("silver/reviews", "silver/tracks", "gold/fct_sales_day")  # tables of facts beside the catalogue's


@dataclass(frozen=True)
class Written:
    """A text and what wrote it.

    Attributes:
        text: the text itself.
        backend: template or model.
        model: as its server names it; None of a template.
        prompt: what the model was asked; None of a template.
        prompt_tokens: that the model read.
        completion_tokens: that the model wrote.
    """

    text: str
    backend: str
    model: str | None = None
    prompt: str | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0


def read_facts(con: "duckdb.DuckDBPyConnection", release_id: str) -> "list[Fact]":
    """The facts of a release: the catalogue's, and those of sales and reviews where the connection has their tables.

    Raises:
        LookupError: there is no such release.
    """
    from ml.texts.facts import FACTS_SQL, facts_of
    from ml.texts.market import MARKET_SQL, REVIEWS_SQL, market_facts, market_sql, quote_facts
    from ml.texts.quotes import quotes_of

    found = con.execute(FACTS_SQL, {"release": release_id})
    names, row = [column[0] for column in found.description], found.fetchone()
    if row is None:
        raise LookupError(f"no release {release_id} in gold.dim_release")
    facts = facts_of(dict(zip(names, row, strict=True)))
    tables = "from information_schema.tables where table_catalog = current_catalog()"
    has = {one[0] for one in con.execute(f"select table_schema || '.' || table_name {tables}").fetchall()}
    values = {}
    for name, (_, table, _, _) in MARKET_SQL.items():
        counted = con.execute(market_sql(name), {"release": release_id}).fetchone() if table in has else None
        values[name] = counted[0] if counted else None
    facts += market_facts(values)
    if "silver.reviews" in has:
        reviews = con.execute(REVIEWS_SQL, {"release": release_id}).fetchall()
        facts += quote_facts(quotes_of(reviews, facts))
    return facts


def write_text(
    facts: "Sequence[Fact]", language: str, channel: "Channel", model: "LanguageModel | None", seed: int
) -> Written:
    """Write a text of the facts: by the model, or without one by a template.

    Raises:
        ValueError: the facts are not enough for a template.
        ImportError: the client's package is missing.
        resources.language_model.LanguageModelError: the model gave no usable answer.
    """
    from ml.texts.prompt import INSTRUCTIONS, SCHEMA, question_of
    from ml.texts.quotes import with_quotes
    from ml.texts.templates import text_by_template
    from resources.language_model import LanguageModelError

    if model is None:
        return Written(text_by_template(facts, language, channel), "template")
    question = question_of(facts, language, channel)
    answer = model.answer(INSTRUCTIONS, question, SCHEMA, seed=seed)
    text = answer.content.get("text")
    tokens = (answer.prompt_tokens, answer.completion_tokens)
    if not isinstance(text, str) or not text.strip():
        raise LanguageModelError("invalid", "the model's JSON has no text", tokens)
    filled = with_quotes(text.strip(), facts, language)
    return Written(filled, "model", answer.model, f"{INSTRUCTIONS}\n\n{question}", *tokens)


@dataclass(frozen=True)
class TextMaker:
    """Writes marketing texts."""

    lake: "Lake"
    model: "LanguageModel | None"
    prices: tuple[float, float]

    def plan(self, request: "Standing") -> Planned:
        """The facts of the release with their sources, and the money that a model may cost."""
        from ml.texts.channels import channel
        from ml.texts.prompt import INSTRUCTIONS, question_of

        published = self.lake.published()
        needed = {key: published[key] for key in ("gold/dim_release", *BESIDE) if key in published}
        try:
            facts = read_facts(self.lake.connect(needed), request.details["release_id"])
        except LookupError as error:
            raise CannotMakeError(str(error)) from error
        plan = {"facts": [fact_values(fact) for fact in facts], "dim_release_version": published["gold/dim_release"]}
        plan["versions"] = needed
        if self._model_of(request) is None:
            return Planned(plan)
        question = question_of(facts, request.details["language"], channel(request.details["names"][0]))
        tokens = (len(INSTRUCTIONS + question) // CHARACTERS_PER_TOKEN, MOST_TOKENS)
        return Planned(plan, self._cost(*tokens))

    def make(self, request: "Standing", planned: Planned, folder_of: Callable[[str], Path]) -> Outcome:
        """One draft with the findings of its check."""
        from ml.texts.channels import channel
        from ml.texts.checker import check_text
        from ml.texts.facts import fact_from
        from resources.language_model import LanguageModelError

        details = request.details
        place, language, seed = channel(details["names"][0]), details["language"], details["parameters"]["seed"]
        facts = [fact_from(one) for one in planned.plan["facts"]]
        try:
            written = write_text(facts, language, place, self._model_of(request), seed)
        except ValueError as error:
            raise CannotMakeError(str(error)) from error
        except ImportError as error:
            raise CannotMakeError("the package openai is not installed; install it with make serve-tools") from error
        except LanguageModelError as error:
            cost = self._cost(*error.tokens) if error.tokens is not None else None
            raise CannotMakeError(f"no text ({error.state}): {error}", cost) from error
        findings = check_text(written.text, facts, language, place.most_characters)
        asset = {
            "language": language,
            "content": written.text,
            "sha256": hashlib.sha256(written.text.encode()).hexdigest(),
            "backend": written.backend,
            "backend_version": TEMPLATE_VERSION if written.backend == "template" else PROMPT_VERSION,
            "model": written.model,
            "prompt": written.prompt,
            "seed": seed,
            "inputs": planned.plan,
            "scores": {"characters": len(written.text)},
            "findings": [dataclasses.asdict(one) for one in findings],
        }
        cost = self._cost(written.prompt_tokens, written.completion_tokens)
        return Outcome((Made(place.name, asset),), cost=cost)

    def _model_of(self, request: "Standing") -> "LanguageModel | None":
        backend = request.details["backend"]
        if backend == "model" and self.model is None:
            raise CannotMakeError("no model is set: LACQUER_LANGUAGE_MODEL_URL and LACQUER_LANGUAGE_MODEL name one")
        return None if backend == "template" else self.model

    def _cost(self, prompt_tokens: int, completion_tokens: int) -> float:
        return (prompt_tokens * self.prices[0] + completion_tokens * self.prices[1]) / MILLION


def fact_values(fact: "Fact") -> dict[str, Any]:
    """A fact as a request keeps it."""
    value = fact.value if isinstance(fact.value, float) else str(fact.value)
    return {"name": fact.name, "kind": fact.kind, "value": value, "source": fact.source}
