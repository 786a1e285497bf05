"""Actions that may sell more: who lacks a release, where, with what, and what to press or promote again.

Each kind has one estimator of its money, named in the row; a kind without a measured effect has none, and its money is
null. Money is margin of 30 days. What is known ends with the newest order.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

import polars as pl

from ml.decisions.bundles import bundle_actions
from ml.decisions.ranking import ranked
from ml.decisions.returns import return_share

RULE_VERSION = 2
ESTIMATORS: dict[str, str | None] = {
    "buyer": "order_probability_x_penetration",
    "market": "share_in_other_markets",
    "bundle": "attach_rate_above_base",
    "repress": "forecast_margin",
    "repromote": None,
    "return_campaign": "usual_returns_sold_again",
}
URGENCY = {"buyer": 0.5, "market": 0.4, "bundle": 0.4, "repress": 1.0, "repromote": 0.6, "return_campaign": 0.8}
MOST_PER_KIND = 100
MOST_PER_RELEASE = 3
MOST_PER_TARGET = 3  # of a buyer, or of a bundled release
COLUMNS = ("kind", "release_id", "target", "money", "confidence", "reason", "next_step")
SCHEMA = dict(zip(COLUMNS, (*[pl.String] * 3, *[pl.Float64] * 2, *[pl.String] * 2), strict=True))


def growth_actions(
    releases: pl.DataFrame, lines: pl.DataFrame, buyers: pl.DataFrame, offers: pl.DataFrame
) -> pl.DataFrame:
    """The actions, ranked by impact times confidence times urgency, with variety.

    Args:
        releases: [release_id, as_of, unit_margin, available, incoming, units_30, units_before, units_p10, units_p50];
            units_before are those of a mean month of the four before; margin, stock and forecast may be null. Where
            returns are known, [past_returns, past_units] of 180 days.
        lines: [buyer_id, release_id, country, units] of the last 90 days.
        buyers: [buyer_id, probability], of an order within 30 days.
        offers: [buyer_id, release_id, reason], releases that a buyer lacks and may want.

    Returns:
        At most `MOST_PER_KIND` of a kind and `MOST_PER_RELEASE` of a release.
    """
    parts: Mapping[str, pl.DataFrame] = {
        "buyer": buyer_actions(releases, lines, buyers, offers),
        "market": market_actions(releases, lines),
        "bundle": bundle_actions(releases, lines),
        "repress": repress_actions(releases),
        "repromote": repromote_actions(releases),
        "return_campaign": return_actions(releases, lines),
    }
    rows = pl.concat(
        [part.with_columns(kind=pl.lit(kind)).select(pl.col(name).cast(SCHEMA[name]) for name in COLUMNS)
         for kind, part in parts.items()]
    )  # fmt: skip
    rows = rows.filter(pl.col("money").is_null() | (pl.col("money") > 0)).with_columns(
        urgency=pl.col("kind").replace_strict(URGENCY, return_dtype=pl.Float64),
        estimator=pl.col("kind").replace_strict(ESTIMATORS, return_dtype=pl.String),
        impact=pl.col("money").fill_null(0.0),
        rule_version=pl.lit(RULE_VERSION, pl.Int32),
    )
    identity = pl.concat_str("kind", "release_id", "target", separator="\x1f", ignore_nulls=True)
    rows = rows.with_columns(action_id=identity.map_elements(_digest, return_dtype=pl.String))
    value = pl.col("impact") * pl.col("confidence")
    rows = rows.sort([value, "action_id"], descending=[True, False])
    often = pl.int_range(pl.len()).over("kind", "target") >= MOST_PER_TARGET
    rows = rows.filter(~(often & pl.col("kind").is_in(["buyer", "bundle"])))
    rows = rows.filter(pl.int_range(pl.len()).over("kind") < MOST_PER_KIND)
    rows = rows.filter(pl.int_range(pl.len()).over("release_id") < MOST_PER_RELEASE)
    return ranked(rows.join(releases.select("release_id", "as_of"), on="release_id"), "kind")


def buyer_actions(
    releases: pl.DataFrame, lines: pl.DataFrame, buyers: pl.DataFrame, offers: pl.DataFrame
) -> pl.DataFrame:
    """Offer a release to a buyer who lacks it.

    Money: the probability that the buyer orders, times the share of active buyers who have the release, times the
    buyer's median line, times the margin.
    """
    active = max(lines["buyer_id"].n_unique(), 1)
    reach = lines.group_by("release_id").agg(penetration=pl.col("buyer_id").n_unique() / active)
    usual = lines.group_by("buyer_id").agg(usual=pl.col("units").median())
    has = lines.select("buyer_id", "release_id").unique()
    found = (
        offers.join(has, on=["buyer_id", "release_id"], how="anti")
        .join(_sellable(releases), on="release_id")
        .join(reach, on="release_id")
        .join(usual, on="buyer_id")
        .join(buyers.drop_nulls("probability"), on="buyer_id")
    )
    return found.select(
        "release_id",
        pl.col("buyer_id").alias("target"),
        money=pl.col("probability") * pl.col("penetration") * pl.col("usual") * pl.col("unit_margin"),
        confidence=pl.lit(0.7),
        reason=pl.format(
            "{}% of active buyers have it, this one does not and orders within 30 days with {}%; {}",
            _percent("penetration"),
            _percent("probability"),
            pl.col("reason").fill_null("no purchase is cited"),
        ),
        next_step=pl.format("offer it to buyer {}", pl.col("buyer_id")),
    )


def market_actions(releases: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Sell a release in a country that has bought none of it.

    Money: its share of units where it sells, times the country's units in 30 days, times the margin. Confidence grows
    with the number of countries in which it sells, of which at least two are needed.
    """
    sold = lines.group_by("country").agg(country_units=pl.col("units").sum())
    cells = lines.group_by("release_id", "country").agg(own=pl.col("units").sum())
    where = cells.join(sold, on="country").group_by("release_id").agg(
        share=pl.col("own").sum() / pl.col("country_units").sum(), countries=pl.len()
    )  # fmt: skip
    open_ = _sellable(releases).join(where.filter(pl.col("countries") >= 2), on="release_id").join(sold, how="cross")
    found = open_.join(cells, on=["release_id", "country"], how="anti")
    units = pl.col("share") * pl.col("country_units") / 3
    return found.select(
        "release_id",
        pl.col("country").alias("target"),
        money=units * pl.col("unit_margin"),
        confidence=pl.col("countries") / (pl.col("countries") + 4.0),
        reason=pl.format(
            "sells in {} countries, none of it in {}; at the same share that would be {} units in 30 days",
            pl.col("countries"),
            pl.col("country"),
            units.round(1),
        ),
        next_step=pl.format("offer it to buyers in {}", pl.col("country")),
    )


def repress_actions(releases: pl.DataFrame) -> pl.DataFrame:
    """Press again what is sold out with nothing on order. Money: the margin of the forecast's median of 30 days."""
    gone = releases.drop_nulls(["unit_margin", "units_p50", "available"]).filter(
        pl.col("available") <= 0, pl.col("incoming").fill_null(0) <= 0, pl.col("units_p50") > 0
    )
    return gone.select(
        "release_id",
        target=pl.lit(None, pl.String),
        money=pl.col("units_p50") * pl.col("unit_margin"),
        confidence=(pl.col("units_p10") / pl.col("units_p50")).clip(0.2, 0.9),
        reason=pl.format(
            "none available, none on order; {} units are expected to be asked for in 30 days",
            pl.col("units_p50").round(1),
        ),
        next_step=pl.lit("ask the label for a new pressing"),
    )


def return_actions(releases: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Ask buyers to send back what they do not sell of a release that does not reach for all.

    Money: the units of 90 days that come back anyhow by the usual share, asked for now and sold again as far as the
    forecast's median is above the stock, times the margin. What asking adds to that is not measured.
    """
    if "past_returns" not in releases.columns:
        return pl.DataFrame(schema=SCHEMA)
    returned, sold = (
        releases[name].cast(pl.Float64).fill_null(0.0).to_numpy() for name in ("past_returns", "past_units")
    )
    releases = releases.with_columns(return_share=return_share(returned, sold))
    bought = lines.group_by("release_id").agg(bought=pl.col("units").sum(), holders=pl.col("buyer_id").n_unique())
    short = pl.col("units_p50") - pl.col("available").clip(0) - pl.col("incoming").fill_null(0)
    found = (
        releases.drop_nulls(["unit_margin", "units_p50", "available"])
        .with_columns(short=short)
        .filter(pl.col("short") > 0)
        .join(bought, on="release_id")
        .with_columns(back=pl.min_horizontal("short", pl.col("return_share") * pl.col("bought")))
    )
    return found.select(
        "release_id",
        target=pl.lit(None, pl.String),
        money=pl.col("back") * pl.col("unit_margin"),
        confidence=pl.lit(0.4),
        reason=pl.format(
            "{} units are missing in 30 days; {} buyers took {} in 90 days, of which {}% usually come back",
            pl.col("short").round(1),
            pl.col("holders"),
            pl.col("bought").round(0).cast(pl.Int64),
            _percent("return_share"),
        ),
        next_step=pl.lit("ask its buyers to send back now what they do not sell"),
    )


def repromote_actions(releases: pl.DataFrame) -> pl.DataFrame:
    """Promote again what sells less than half of its usual month and lies in stock. No effect is measured: no money."""
    slow = releases.filter(
        pl.col("units_before") >= 10, pl.col("units_30") < 0.5 * pl.col("units_before"), pl.col("available") > 0
    )
    return slow.select(
        "release_id",
        target=pl.lit(None, pl.String),
        money=pl.lit(None, pl.Float64),
        confidence=pl.lit(0.5),
        reason=pl.format(
            "{} units in 30 days, {} in a usual month; {} are available",
            pl.col("units_30").round(0).cast(pl.Int64),
            pl.col("units_before").round(0).cast(pl.Int64),
            pl.col("available").round(0).cast(pl.Int64),
        ),
        next_step=pl.lit("show it again: newsletter, playlist, campaign"),
    )


def _sellable(releases: pl.DataFrame) -> pl.DataFrame:
    """Releases with a margin that are not sold out."""
    there = pl.col("available").is_null() | (pl.col("available") + pl.col("incoming").fill_null(0) > 0)
    return releases.filter(there, pl.col("unit_margin") > 0).select("release_id", "unit_margin")


def _percent(name: str) -> pl.Expr:
    return (100 * pl.col(name)).round(0).cast(pl.Int64)


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:20]
