"""`lacquer sentiment`: what the texts of a file say, and about what."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ml.reviews.learned import SentimentModel
    from ml.reviews.score import TextModel
    from ml.reviews.transformer import Transformer

TextsArgument = Annotated[Path, typer.Argument(metavar="TEXTS", help="CSV or Parquet with text_id, text.")]
OutOption = Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to write, .csv or .parquet.")]
TrainOption = Annotated[
    Path | None,
    typer.Option("--train", metavar="FILE", help="Reviews with text and stars (1 to 5) to learn the words from."),
]
ModelOption = Annotated[
    Path | None,
    typer.Option("--model", metavar="DIR", help="Folder of a transformer: model.onnx, tokenizer.json, config.json."),
]


def sentiment(texts: TextsArgument, out: OutOption, train: TrainOption = None, model: ModelOption = None) -> None:
    """Score the sentiment of each text, -1 to 1, and name what it praises or complains about; no lake is needed.

    FILE gets text_id, score, label (positive, neutral, negative) and aspects: a JSON list of aspect (sound, songs,
    pressing, packaging, price, shipping, service), score, label, and span, the clause that says so, from start to end.
    A text that is empty or not English has no score.

    Without --train a lexicon for music and shops scores, with negation and intensifiers. With --train a logistic
    regression over words learns from the stars (3 is neutral); it needs 300 reviews, 25 of each label. With --model a
    transformer that was exported to ONNX scores (make models search); its labels are negative, neutral, positive, or 1
    to 5 stars. Aspects are always found by their terms, and scored by the lexicon.

    [bold]Examples[/bold]

    lacquer sentiment reviews.csv --out scored.csv

    lacquer sentiment reviews.csv --train rated.parquet --out scored.parquet

    lacquer sentiment reviews.csv --model models/sentiment --out scored.csv
    """
    from serving.commands.column_files import read_columns
    from serving.commands.series_files import check_output, write_frame
    from serving.failures import fail

    if train is not None and model is not None:
        fail("--train and --model exclude each other: one of them scores")
    check_output(out, [texts])
    rows = read_columns(texts, "TEXTS", {"text_id": "id", "text": "id"})
    scorer: TextModel | None = _learn(train) if train is not None else None
    if model is not None:
        scorer = _load(model)
    from ml.reviews.score import score_texts

    found = score_texts(rows, scorer)
    write_frame(found, out)
    counts = dict(found["label"].value_counts().iter_rows())
    listed = ", ".join(f"{counts.get(name, 0):,} {name}" for name in ("positive", "neutral", "negative"))
    print(f"{found.height:,} texts in {out}: {listed}, {counts.get(None, 0):,} empty or not English")


def _learn(path: Path) -> "SentimentModel":
    from ml.reviews.learned import LEAST_PER_LABEL, LEAST_ROWS, fit, is_enough, labels_of_stars
    from serving.commands.column_files import read_columns
    from serving.failures import fail

    rated = read_columns(path, "--train", {"text": "id", "stars": "number"}).drop_nulls()
    if rated.filter(~rated["stars"].is_between(1, 5)).height:
        fail(f"--train {path}: stars lie between 1 and 5")
    labels = labels_of_stars(rated["stars"] / 5)
    if not is_enough(labels):
        fail(
            f"--train {path}: {rated.height} reviews; {LEAST_ROWS} are needed, and {LEAST_PER_LABEL} each of 1 or 2, 3,"
            " and 4 or 5 stars; without --train the lexicon scores"
        )
    return fit(rated["text"].to_list(), labels.to_list())


def _load(folder: Path) -> "Transformer":
    from importlib.util import find_spec

    from serving.failures import explained, fail
    from serving.options import current_settings

    if missing := [name for name in ("onnxruntime", "tokenizers") if find_spec(name) is None]:
        fail(f"--model needs {' and '.join(missing)}: make models search")
    from ml.reviews.transformer import Transformer, TransformerError

    with explained(TransformerError):
        return Transformer.load(folder, current_settings().threads or 1)
