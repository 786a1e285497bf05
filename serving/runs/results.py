"""What a run's summary says: what the run counted, and what the published state says, read with SQL."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from serving.options import command
from serving.runs.summary import Accuracy, DeadLetters, ReleaseForecast, Summary

if TYPE_CHECKING:
    import duckdb

    from lake.lakehouse import Lake
    from serving.runs.execution import Executed

SHOWN_RELEASES = 8
NO_SALES = "Skipped: the lake holds no orders, so there was nothing to forecast, to score and to write back."


def top_forecasts(connection: "duckdb.DuckDBPyConnection", horizon_days: int = 30) -> list[ReleaseForecast]:
    """The releases that the newest origin expects to sell most of, within the horizon."""
    rows = connection.execute(
        """
        select f.release_id, coalesce(r.title, f.release_id), f.horizon_days, f.units_p50, f.units_p90, f.risk_level
        from gold.forecasts f left join silver.releases r using (release_id)
        where f.horizon_days = $horizon and f.origin = (select max(origin) from gold.forecasts)
        order by f.units_p50 desc, f.units_p90 desc, f.release_id
        limit $shown
        """,
        {"horizon": horizon_days, "shown": SHOWN_RELEASES},
    ).fetchall()
    return [ReleaseForecast(*row) for row in rows]


def accuracy(connection: "duckdb.DuckDBPyConnection") -> list[Accuracy]:
    """How every model did on units of active releases, all origins together; per horizon the best first."""
    rows = connection.execute(
        """
        select horizon_days, model, pinball, wape, coverage_p90, serves
        from gold.forecast_scores
        where target = 'units' and population = 'active' and origin is null
        order by horizon_days, pinball nulls last, model
        """
    ).fetchall()
    return [Accuracy(*row) for row in rows]


def dead_letters(lake: "Lake") -> list[DeadLetters]:
    """Why rows were refused, the commonest reason first; of all runs, published or not."""
    key = "bronze/dead_letters"
    version = lake.versions().get(key)
    if version is None:
        return []
    rows = lake.connect({key: version}).execute(
        "select table_name, reason, count(*), min_by(landed_path || ':' || batch_line, (landed_path, batch_line)) "
        "from bronze.dead_letters group by all order by 3 desc, 1, 2 limit 12"
    )
    return [DeadLetters(*row) for row in rows.fetchall()]


def audio(lake: "Lake", published: Mapping[str, int]) -> list[str]:
    """What became of the files in the audio inbox, where there is one."""
    key = "bronze/audio_files"
    if key not in published:
        return []
    rows = lake.connect({key: published[key]}).execute(
        "select case when track_id is null then 'without a track' else state end, count(*) "
        "from bronze.audio_files where copies > 0 group by 1 order by 1"
    )
    told = ", ".join(f"{count:,} {state}" for state, count in rows.fetchall())
    return [f"In the audio inbox: {told}; audio_files says why, audio_analyses what was heard."] if told else []


def summarise(lake: "Lake", done: "Executed", pack: str, seconds: float) -> Summary:
    """The result table of a run."""
    published = lake.published()
    con = lake.connect({key: at for key, at in published.items() if key.startswith(("gold/forecast", "silver/rel"))})
    sql, outbox = f"{command()} sql --lake {lake.root}", lake.root / "outbox" / "pim"
    page = lake.root / "reports" / "forecast.html"
    forecasts = top_forecasts(con) if done.success and "gold/forecasts" in published else []
    without_sales = done.success and not forecasts
    notes = [*([NO_SALES] if without_sales else []), *audio(lake, published)]
    first_table = "mart_signal_coverage" if without_sales else "mart_sales_overview"
    return Summary(
        run_id=done.run_id,
        pack=pack,
        lake=str(lake.root),
        seconds=seconds,
        counts=done.counts,
        dead_letters=dead_letters(lake),
        forecasts=forecasts,
        accuracy=accuracy(con) if done.success and "gold/forecast_scores" in published else (),
        steps=done.steps,
        notes=notes,
        warnings=done.warnings,
        failures=done.failures,
        next=(
            *([("read the forecast in a browser", str(page))] if page.exists() else []),
            ("look at the graph and this run", "make ui"),
            ("ask the tables", f"{sql} 'from {first_table} limit 10'"),
            ("see what was refused", f"{sql} 'from dead_letters limit 10'"),
            ("what went to the PIM", str(outbox) if outbox.is_dir() else f"{sql} 'from writebacks limit 10'"),
        ),
    )
