"""The catalogue: search, filters and pages of releases, and one release by its key."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from lake.journals.tags import plain_tag
from serving.queries.reader import Reader, Row
from serving.queries.records import ReleaseRow
from serving.queries.tags import TAGS

Sort = Literal["title", "-units", "-release_date", "release_id"]
# Never null, so that a page can go on behind its last row.
SORT_KEYS: dict[str, tuple[str, str]] = {
    "title": ("lower(coalesce(title, ''))", "asc"),
    "-units": ("coalesce(units_p50_30, -1.0)", "desc"),
    "-release_date": ("coalesce(release_date, date '0001-01-01')::varchar", "desc"),
    "release_id": ("release_id", "asc"),
}


@dataclass(frozen=True)
class Filters:
    """Which releases: words of title, artist, label or number, and exact values."""

    words: str = ""
    label_id: str | None = None
    artist_id: str | None = None
    genre: str | None = None
    format: str | None = None
    stock_out_risk: str | None = None
    tag: str | None = None


@dataclass(frozen=True)
class Page:
    """Some releases in order; `next_after` is the sort key and id of the last one, None on the last page."""

    releases: list[ReleaseRow]
    next_after: tuple[Any, str] | None


def _forecast_part(reader: Reader) -> tuple[str, str]:
    if not reader.has("gold.forecasts"):
        return "null::double as units_p50_30, null::double as units_p90_30, null::varchar as risk_level", ""
    join = (
        "left join gold.forecasts f on f.release_id = r.release_id and f.horizon_days = 30 "
        "and f.origin = (select max(origin) from gold.forecasts)"
    )
    return "f.units_p50 as units_p50_30, f.units_p90 as units_p90_30, f.risk_level", join


def _stock_part(reader: Reader) -> tuple[str, str]:
    if not reader.has("gold.mart_stock_cover"):
        return "null::bigint as available, null::double as days_of_cover, null::varchar as stock_out_risk", ""
    columns = "s.available, s.days_of_cover, s.stock_out_risk"
    return columns, "left join gold.mart_stock_cover s on s.release_id = r.release_id"


def _sold_part(reader: Reader) -> tuple[str, str]:
    if not reader.has("gold.fct_sales_day"):
        return "0::bigint as units_last_30", ""
    join = (
        "left join (select release_id, sum(net_units) as units from gold.fct_sales_day where sales_date > "
        "(select max(sales_date) - 30 from gold.fct_sales_day) group by all) d on d.release_id = r.release_id"
    )
    return "coalesce(d.units, 0)::bigint as units_last_30", join


def catalogue(reader: Reader) -> str:
    """The name of the table that holds the catalogue of a reader, kept in memory."""
    parts = [part(reader) for part in (_sold_part, _forecast_part, _stock_part)]
    columns, joins = ", ".join(part[0] for part in parts), " ".join(part[1] for part in parts)
    return reader.materialise(
        "catalogue",
        "select r.release_id, r.title, r.artist_id, r.artist_name, r.label_id, r.label_name, r.genre, r.format, "
        f"r.release_date, r.list_price, r.currency, r.is_published, {columns}, "
        "lower(strip_accents(concat_ws(' ', r.release_id, r.title, r.artist_name, r.label_name))) as searched "
        f"from gold.dim_release r {joins}",
    )


def find_releases(
    reader: Reader,
    filters: Filters | None = None,
    *,
    sort: Sort = "title",
    limit: int = 50,
    after: tuple[Any, str] | None = None,
) -> Page:
    """One page of the releases that match, in the order of `sort`."""
    if not reader.has("gold.dim_release"):
        return Page([], None)
    key, direction = SORT_KEYS[sort]
    conditions, values = _conditions(filters or Filters())
    if filters is not None and filters.tag is not None:
        tagged = f"release_id in (select release_id from {TAGS} where tag = $tag)"
        conditions.append(tagged if reader.has(TAGS) else "false")
        values |= {"tag": plain_tag(filters.tag)} if reader.has(TAGS) else {}
    if after is not None:
        beyond = ">" if direction == "asc" else "<"
        conditions.append(f"({key} {beyond} $after_key or ({key} = $after_key and release_id > $after_id))")
        values |= {"after_key": after[0], "after_id": after[1]}
    where = f"where {' and '.join(conditions)}" if conditions else ""
    sql = (
        f"select * exclude (searched), {key} as sort_key from {catalogue(reader)} {where} "
        f"order by {key} {direction}, release_id limit $limit"
    )
    rows = reader.rows(sql, values | {"limit": limit + 1})
    shown = rows[:limit]
    last = (shown[-1]["sort_key"], shown[-1]["release_id"]) if len(rows) > limit else None
    return Page([_release(row) for row in shown], last)


def releases_of(reader: Reader, release_ids: Sequence[str]) -> list[ReleaseRow]:
    """The releases of some ids, in their order; those that the reader does not see are left out."""
    if not reader.has("gold.dim_release") or not release_ids:
        return []
    sql = f"select * exclude (searched) from {catalogue(reader)} where list_contains($ids, release_id)"
    found = {row["release_id"]: _release(row) for row in reader.rows(sql, {"ids": list(release_ids)})}
    return [found[key] for key in release_ids if key in found]


def _conditions(filters: Filters) -> tuple[list[str], dict[str, Any]]:
    conditions, values = [], {}
    for name in ("label_id", "artist_id", "genre", "format", "stock_out_risk"):
        value = getattr(filters, name)
        if value is not None:
            conditions.append(f"{name} = ${name}")
            values[name] = value
    for place, word in enumerate(filters.words.split()[:8]):
        conditions.append(f"contains(searched, lower(strip_accents($word{place})))")
        values[f"word{place}"] = word
    return conditions, values


def facets(reader: Reader) -> dict[str, list[Row]]:
    """The values that releases can be filtered by, each with its name where it has one."""
    if not reader.has("gold.dim_release"):
        return {"genre": [], "format": [], "label": []}
    table = catalogue(reader)
    plain = "select distinct {0} as id, {0} as name from {1} where {0} is not null order by 1"
    return {
        "genre": reader.rows(plain.format("genre", table)),
        "format": reader.rows(plain.format("format", table)),
        "label": reader.rows(
            f"select distinct label_id as id, coalesce(label_name, label_id) as name from {table} "
            "where label_id is not null order by name, id"
        ),
    }


def release_rows(reader: Reader) -> dict[str, ReleaseRow]:
    """Every release of the reader by its id."""
    if not reader.has("gold.dim_release"):
        return {}
    rows = reader.rows(f"select * exclude (searched) from {catalogue(reader)}")
    return {row["release_id"]: _release(row) for row in rows}


def _release(row: Row) -> ReleaseRow:
    return ReleaseRow(**{name: value for name, value in row.items() if name != "sort_key"})
