"""How the listing of a release can be better: its title's length, missing fields, keywords that best sellers use.

Keywords are the terms that weigh most, by TF-IDF, in the titles of the best sellers of the release's genre and that its
own title lacks. Whether a term is true of the release, a person decides. No effect on sales is measured, so no
money is stated; the ranking goes by the revenue that the listing carries.
"""

from __future__ import annotations

import polars as pl

from ml.decisions.ranking import ranked

RULE_VERSION = 1
TITLE_LENGTHS = (10, 80)  # marketplaces cut longer titles; shorter ones say too little
FIELDS = ("artist_id", "label_id", "genre", "format", "release_date", "list_price", "ean", "catalogue_number")
BEST_SHARE = 0.2
LEAST_BEST = 5
MOST_KEYWORDS = 3
LEAST_FILLED = 0.5  # a field that fewer releases have is not kept in this catalogue
LEAST_TITLES = 3  # a term of fewer best sellers is a name and no keyword
CONFIDENCE = {"missing_field": 0.9, "title_length": 0.7, "keyword": 0.4}
COLUMNS = ("kind", "release_id", "field", "value", "weight", "reason")
SCHEMA = dict(zip(COLUMNS, (*[pl.String] * 4, pl.Float64, pl.String), strict=True))


def listing_suggestions(releases: pl.DataFrame) -> pl.DataFrame:
    """The suggestions, ranked.

    Args:
        releases: [release_id, title, is_published, units, revenue, *FIELDS]; units and revenue of 90 days.

    Returns:
        [kind, release_id, field, value, weight, reason, impact, confidence, urgency, score, rank, rule_version].
    """
    parts = (missing_fields(releases), title_lengths(releases), keywords(releases))
    rows = pl.concat([part.select(pl.col(name).cast(SCHEMA[name]) for name in COLUMNS) for part in parts])
    carried = releases.select(
        "release_id",
        impact=pl.col("revenue").fill_null(0.0),
        urgency=pl.when(pl.col("is_published").fill_null(False)).then(1.0).otherwise(0.5),
    )
    rows = rows.join(carried, on="release_id").with_columns(
        confidence=pl.col("kind").replace_strict(CONFIDENCE, return_dtype=pl.Float64),
        rule_version=pl.lit(RULE_VERSION, pl.Int32),
    )
    return ranked(rows.sort("release_id", "kind", "field", "value", nulls_last=True), "kind")


def missing_fields(releases: pl.DataFrame) -> pl.DataFrame:
    """One row per release and field that is null or empty, of the fields that most releases have."""
    texts = releases.select("release_id", *(pl.col(name).cast(pl.String) for name in FIELDS))
    cells = texts.unpivot(index="release_id", variable_name="field").with_columns(
        empty=pl.col("value").is_null() | (pl.col("value").str.strip_chars() == "")
    )
    empty = cells.filter(pl.col("empty") & ((~pl.col("empty")).mean().over("field") >= LEAST_FILLED))
    return empty.select(
        "release_id",
        "field",
        kind=pl.lit("missing_field"),
        value=pl.lit("fill"),
        weight=pl.lit(None, pl.Float64),
        reason=pl.format("the PIM has no {}", pl.col("field")),
    )


def title_lengths(releases: pl.DataFrame) -> pl.DataFrame:
    """One row per release whose title is too short or too long."""
    least, most = TITLE_LENGTHS
    length = pl.col("title").str.len_chars()
    wrong = releases.filter((length < least) | (length > most))
    return wrong.select(
        "release_id",
        kind=pl.lit("title_length"),
        field=pl.lit("title"),
        value=pl.when(length > most).then(pl.lit("shorten")).otherwise(pl.lit("lengthen")),
        weight=length.cast(pl.Float64),
        reason=pl.format(
            f"the title has {{}} characters; from {least} to {most} are shown whole and say enough", length
        ),
    )


def keywords(releases: pl.DataFrame) -> pl.DataFrame:
    """Up to `MOST_KEYWORDS` terms per release, of the titles of the best sellers of its genre.

    A term's weight is its mean TF-IDF over those titles, by scikit-learn's definition over all titles.
    """
    known = releases.drop_nulls(["title", "genre"]).sort("release_id")
    empty = pl.DataFrame(schema=SCHEMA)
    if not known.height or not known["title"].str.contains(r"[\p{L}]{3}").any():
        return empty
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(token_pattern=r"(?u)\b[^\W\d_]{3,}\b", stop_words="english")
    try:
        weights = vectorizer.fit_transform(known["title"].to_list())
    except ValueError:  # every word is a stop word
        return empty
    terms = vectorizer.get_feature_names_out()
    found = []
    numbered = known.with_row_index("place")
    for group in numbered.partition_by("genre"):
        best = group.filter(pl.col("units") > 0).sort(["units", "release_id"], descending=[True, False])
        best = best.head(max(LEAST_BEST, int(BEST_SHARE * group.height)))
        rows = weights[best["place"].to_numpy()]
        common = (rows > 0).sum(axis=0).A1 >= LEAST_TITLES if best.height else []
        mean = rows.mean(axis=0).A1 if best.height else []
        order = sorted((place for place in range(len(common)) if common[place]), key=lambda one: (-mean[one], one))
        for row in group.iter_rows(named=True):
            own = set(weights[row["place"]].indices)
            found += [
                {
                    "release_id": row["release_id"],
                    "kind": "keyword",
                    "field": "title",
                    "value": str(terms[place]),
                    "weight": float(mean[place]),
                    "reason": f"{int((rows[:, place] > 0).sum())} of the {best.height} best sellers in {row['genre']} "
                    "have it in the title",
                }
                for place in [one for one in order if one not in own][:MOST_KEYWORDS]
            ]
    return pl.DataFrame(found, schema=SCHEMA)
