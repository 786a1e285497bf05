"""Figures that people put beside forecasts."""

from serving.queries.reader import Reader
from serving.queries.records import Override


def find_overrides(reader: Reader, release_id: str | None = None) -> list[Override]:
    """Overrides, the newest first, withdrawn ones included."""
    if not reader.has("gold.forecast_overrides"):
        return []
    rows = reader.rows(
        "select override_id, release_id, horizon_days, units, from_origin, until, made_by, why, made_at, withdrawn_at "
        "from gold.forecast_overrides where $release::varchar is null or release_id = $release "
        "order by made_at desc, override_id",
        {"release": release_id},
    )
    return [Override(**row) for row in rows]
