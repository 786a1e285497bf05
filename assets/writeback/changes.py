"""Which fields of the PIM differ from the newest published forecasts, and what is known of each."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lake.journals.overrides import STANDING_SQL
from lake.journals.writebacks import PimValue
from resources.pim.writing import ReleaseUpdate

if TYPE_CHECKING:
    from lake.lakehouse import Lake

FORECASTS, BUYERS = "gold/forecasts", "gold/release_propensity"
BUYERS_FIELD, BUYERS_WRITTEN = "recommendedBuyers", 5

# The newest published forecast of each release, or the override that stands in its place (docs/decisions/0009), one row
# per release and field of the PIM. Then, per field, what stands at this target, and every value that may be ours. A
# field whose last write was not settled is always looked at again.
_CHANGES = f"""
with standing_overrides as ({STANDING_SQL}),
newest as (
  select f.* replace (
    coalesce(o.units, f.units_p50) as units_p50,
    greatest(f.units_p90, o.units) as units_p90,
    coalesce(o.units * f.revenue_mean / nullif(f.units_mean, 0), f.revenue_p50) as revenue_p50,
    if(o.units is null, f.model, 'override') as model
  )
  from (select * from gold.forecasts qualify origin = max(origin) over ()) f
  left join standing_overrides o using (release_id, horizon_days, origin)
),
buyers as ({{buyers}}),
wanted as (
  select release_id, '{BUYERS_FIELD}' as field, value from buyers semi join newest using (release_id)
  union all by name
  select release_id, unnest([
    {{'field': 'forecastUnits' || horizon_days || 'dP50', 'value': round(units_p50, 1)::varchar}},
    {{'field': 'forecastUnits' || horizon_days || 'dP90', 'value': round(units_p90, 1)::varchar}},
    {{'field': 'forecastRevenue' || horizon_days || 'dP50', 'value': round(revenue_p50, 2)::varchar}},
    {{'field': 'forecastRisk' || horizon_days || 'd', 'value': risk_level}},
    {{'field': 'forecastModel' || horizon_days || 'd', 'value': model}}
  ], recursive := true) from newest
),
record as (from gold.writebacks where $address::varchar is null or target = $address::varchar),
standing as (
  select release_id, field, arg_max_null(new_value, written_at) as value, arg_max(written_at, written_at) as written_at
  from record group by all
),
known as (select release_id, max(pim_modified_at) as modified_at from record group by all),
last as (
  select release_id, field, arg_max_null(new_value, written_at) as new_value,
    arg_max_null(stored_value, written_at) as stored_value
  from gold.writebacks group by all
),
begun as (
  select release_id, field, list(value) as values from lake.writebacks_begun
  where target = $address::varchar group by all
),
differing as (
  select release_id, field, s.value as old_value, w.value as new_value
  from wanted w full join standing s using (release_id, field) full join begun b using (release_id, field)
  where s.value is distinct from w.value or b.values is not null
)
select d.release_id, (select max(origin) from newest) as origin, d.field, d.old_value, d.new_value,
  list_distinct([l.new_value, l.stored_value, d.old_value] || coalesce(b.values, [])) as ours,
  epoch(k.modified_at)::bigint as known_at
from differing d
left join last l using (release_id, field) left join begun b using (release_id, field)
left join known k using (release_id)
where exists (from newest) and ($only::varchar[] is null or list_contains($only::varchar[], d.release_id))
order by d.release_id, d.field
"""

# The likeliest buyers with their probability, "B00033 72%, B00080 52%"; of lakes without the table, none.
_BUYERS = f"""
select release_id, string_agg(buyer_id || ' ' || round(100 * probability)::int || '%', ', ' order by rank) as value
from gold.release_propensity where rank <= {BUYERS_WRITTEN} group by release_id
"""
_NO_BUYERS = "select null::varchar as release_id, null::varchar as value where false"


@dataclass(frozen=True)
class Change:
    """A field that differs; ``ours`` and ``known_at`` as :func:`lake.journals.writebacks.judge` takes them."""

    release_id: str
    origin: dt.date
    field: str
    old: str | None
    new: str | None
    ours: tuple[str, ...]
    known_at: int | None


def find_changes(
    lake: "Lake", versions: Mapping[str, int], address: str | None, only: Collection[str] | None = None
) -> list[Change]:
    """What is to be written to the PIM at ``address`` (None: files), by release and field.

    A release that is no longer forecast loses its values: its fields are cleared.

    Args:
        lake: where the tables are.
        versions: of the forecasts, the overrides, the record, the notes; and the likeliest buyers, where there are any.
        address: of the PIM.
        only: the releases concerned; None for all.
    """
    con = lake.connect(versions)
    asked = _CHANGES.replace("{buyers}", _BUYERS if BUYERS in versions else _NO_BUYERS)
    rows = con.execute(asked, {"address": address, "only": None if only is None else list(only)}).fetchall()
    return [
        Change(release, origin, name, old, new, tuple(ours), known)
        for release, origin, name, old, new, ours, known in rows
    ]


def as_updates(changes: Sequence[Change]) -> list[ReleaseUpdate]:
    """The changes as the PIM takes them, one update per release."""
    by_release: dict[str, list[Change]] = {}
    for change in changes:
        by_release.setdefault(change.release_id, []).append(change)
    return [
        ReleaseUpdate(
            release_id,
            found[0].origin.isoformat(),
            {change.field: pim_value(change.field, change.new) for change in found},
            {change.field: [pim_value(change.field, one) for one in change.ours] for change in found},
            found[0].known_at,
        )
        for release_id, found in by_release.items()
    ]


def pim_value(name: str, text: str | None) -> PimValue:
    """A recorded value in the type that the PIM's field has."""
    return float(text) if text is not None and name.endswith(("P50", "P90")) else text
