"""Forecasts of the newest origin, by release: ranges, reasons, overrides, and buyers to offer it to."""

from collections import defaultdict
from hashlib import sha256

from serving.queries.reader import Reader, Row
from serving.queries.records import Forecast, HorizonForecast, Range, Reason, RecommendedBuyer

REASONS_SHOWN = 8
BUYERS_SHOWN = 10
# Scores of recommendations compare within one buyer only: they order buyers roughly, and are no probability.
_RECOMMENDED = """
select release_id, buyer_id, null::double as probability, reason,
  row_number() over (partition by release_id order by score desc, buyer_id) as rank
from gold.recommendations qualify as_of = max(as_of) over ()
"""


def forecasts(reader: Reader) -> dict[str, Forecast]:
    """The newest forecast of every release of the reader, by release id."""
    if reader.origin is None:
        return {}
    rows = reader.rows(
        "select * from gold.forecasts where origin = $origin order by release_id, horizon_days",
        {"origin": reader.origin},
    )
    grouped: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row["release_id"]].append(row)
    reasons, overrides, buyers = _reasons(reader), _overrides(reader), _buyers(reader)
    return {
        key: _forecast(key, rows, reasons.get(key, []), overrides, buyers.get(key, [])) for key, rows in grouped.items()
    }


def _forecast(
    key: str,
    rows: list[Row],
    reasons: list[Reason],
    overrides: dict[tuple[str, int], Row],
    buyers: list[RecommendedBuyer],
) -> Forecast:
    first = rows[0]
    identity = f"{key}|{first['origin']}|{first['model_version']}|{first['made_at']}"
    return Forecast(
        prediction_id=sha256(identity.encode()).hexdigest()[:16],
        timestamp=first["made_at"],
        product_id=key,
        origin=first["origin"],
        model_version=first["model_version"],
        currency=first["currency"],
        risk_level=first["risk_level"],
        horizons=[_horizon(row, overrides.get((key, row["horizon_days"]), {})) for row in rows],
        reasons=reasons,
        recommended_buyers=buyers,
    )


def _horizon(row: Row, override: Row) -> HorizonForecast:
    return HorizonForecast(
        horizon_days=row["horizon_days"],
        starts_on=row["starts_on"],
        units=_range(row, "units"),
        revenue=_range(row, "revenue"),
        model=row["model"],
        override_units=override.get("units"),
        override_by=override.get("made_by"),
    )


def _range(row: Row, target: str) -> Range:
    return Range(**{part: row[f"{target}_{part}"] for part in ("mean", "p10", "p50", "p90")})


def _reasons(reader: Reader) -> dict[str, list[Reason]]:
    if not reader.has("gold.forecast_explanations"):
        return {}
    # The column was called `words` in lakes of earlier versions.
    text = "description" if "description" in reader.columns["gold.forecast_explanations"] else "words"
    found: dict[str, list[Reason]] = defaultdict(list)
    for row in reader.rows(
        f"select release_id, horizon_days, rank, units, {text} as text from gold.forecast_explanations "
        "where origin = $origin and horizon_days = 30 and rank <= $most and text is not null order by release_id, rank",
        {"origin": reader.origin, "most": REASONS_SHOWN},
    ):
        found[row.pop("release_id")].append(Reason(**row))
    return found


def _overrides(reader: Reader) -> dict[tuple[str, int], Row]:
    if not reader.has("gold.forecast_overrides"):
        return {}
    rows = reader.rows(
        "select release_id, horizon_days, units, made_by from gold.forecast_overrides where "
        "$origin between from_origin and until and $origin < coalesce(withdrawn_origin, date '9999-12-31') "
        "order by made_at",
        {"origin": reader.origin},
    )
    return {(row["release_id"], row["horizon_days"]): row for row in rows}


def _buyers(reader: Reader) -> dict[str, list[RecommendedBuyer]]:
    """The likeliest buyers of each release; in lakes of earlier versions, those that it is recommended to."""
    name, join = "null::varchar", ""
    if reader.has("gold.dim_buyer"):
        name, join = "b.company_name", "left join gold.dim_buyer b using (buyer_id)"
    if reader.has("gold.release_propensity"):
        source = "select release_id, buyer_id, rank, probability, reason from gold.release_propensity"
    elif {"buyer_id", "release_id", "score", "reason"} <= reader.columns.get("gold.recommendations", {}).keys():
        source = _RECOMMENDED
    else:
        return {}
    found: dict[str, list[RecommendedBuyer]] = defaultdict(list)
    for row in reader.rows(
        f"select r.release_id, r.buyer_id, {name} as company_name, r.probability as propensity_score, r.reason "
        f"from ({source}) r {join} where r.rank <= {BUYERS_SHOWN} order by r.release_id, r.rank, r.buyer_id"
    ):
        found[row.pop("release_id")].append(RecommendedBuyer(**row))
    return found
