"""`lacquer bench`: which figures are measured, and where the answer goes."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from serving.commands.campaigns import campaign, needs_broker
from serving.failures import explained, fail
from serving.options import DataOption, LakeOption, chosen_data, chosen_lake, current_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.report import Part
    from lake.lakehouse import Lake


class Group(StrEnum):
    """What can be measured."""

    all = "all"
    lake = "lake"
    imports = "import"
    forecast = "forecast"
    audio = "audio"
    audio_load = "audio-load"
    stems = "stems"
    series = "series"
    asof = "asof"
    streams = "streams"
    ingest = "ingest"
    chaos = "chaos"
    crash = "crash"
    growth = "growth"
    search = "search"
    promotion = "promotion"
    sentiment = "sentiment"
    elasticity = "elasticity"


class Size(StrEnum):
    """How much the figures work on."""

    tiny = "tiny"
    full = "full"


GroupArgument = Annotated[Group, typer.Argument(help="What to measure.")]
ScaleOption = Annotated[Size, typer.Option(help="tiny: seconds, to see that it works; full: minutes, to be quoted.")]
TimesOption = Annotated[int, typer.Option("--repetitions", min=1, help="Each case so often, in turn; the best counts.")]
OutOption = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="Keep the tables too: Markdown (.md) or JSON (.json).")
]
RivalsOption = Annotated[
    bool,
    typer.Option(
        "--rivals",
        help="forecast: also AutoETS, AutoTheta and AutoARIMA on 100 releases at 3 origins; minutes. audio: also "
        "librosa and Essentia, those that are installed.",
    ),
]
HoldoutOption = Annotated[
    bool,
    typer.Option("--holdout", help="forecast, streams: score the last two origins, once per release of the software."),
]
EventsOption = Annotated[int, typer.Option("--events", min=1000, help="chaos: so many messages.")]
KillsOption = Annotated[int, typer.Option("--kills", min=0, help="chaos: kills of readers; crash: random kills.")]
DaysOption = Annotated[int, typer.Option("--days", min=1, help="growth: so many daily files.")]
SeedOption = Annotated[int | None, typer.Option("--seed", help="crash: the seed of a closing line, to do it again.")]


def bench(
    group: GroupArgument = Group.all,
    scale: ScaleOption = Size.full,
    repetitions: TimesOption = 2,
    lake: LakeOption = None,
    holdout: HoldoutOption = False,
    rivals: RivalsOption = False,
    data: DataOption = None,
    out: OutOption = None,
    events: EventsOption = 100_000,
    kills: KillsOption = 8,
    seed: SeedOption = None,
    days: DaysOption = 60,
) -> None:
    """Measure how fast and how good this is, each figure beside a reference measured in the same run.

    lake: the storage core beside bare polars, DuckDB and delta-rs; import: how long the front doors take; asof: the
    join that makes training sets, beside bare polars, DuckDB and, after make features, Feast;
    forecast: the published sales of --lake, which needs a finished run. Not part of all: series: `lacquer forecast` on
    the M4 weekly series of --data beside AutoETS, AutoTheta and AutoARIMA, and on up to 50,000 series; streams: the
    same on the daily streams of artists in --data, beside the simple rules; search: 200 known-item queries; audio: 40
    songs rendered by fluidsynth and the songs of --data against what is known of them; audio-load: time and memory of
    the analysis, over many files and a long one; stems: Demucs at full size; ingest: topics into bronze beside bare
    loops of the Kafka client, age of events, files and memory over 2,000 commits; chaos: a topic is read while readers
    and broker are killed, with exit code 1 unless nothing is lost or doubled; crash: runs on a small lake are
    killed before and after each commit and at random while others read, with the same exit code; growth: files, log
    and time of a run while a file lands each day. chaos and ingest need make streams and make kafka, those of audio
    need make audio, that of stems make stems. promotion: a year of weekly reviews of challengers, with losses of
    the backtest of --lake. sentiment: the reviews of --data beside VADER; elasticity: the elasticities of --lake
    beside a hierarchical Bayesian fit by NumPyro; both need make rivals. The full lake figures need about 8 GB of
    disk and 6 GB of memory. What is measured is a ratio: on a busy machine look at CPU.

    [bold]Examples[/bold]

    lacquer bench lake --scale tiny

    lacquer bench lake --out lake.md

    lacquer bench series --data ../shared/data --out series.md

    lacquer bench audio --data ../shared/data --rivals --out audio.md

    lacquer bench ingest --out ingest.md

    lacquer bench crash --kills 60

    lacquer bench growth

    lacquer bench promotion --lake DIR --out promotion.md

    lacquer bench elasticity --lake DIR --out audited.md
    """
    if group in (Group.chaos, Group.crash, Group.growth):
        campaign(group.value, events, kills, seed, days)
        return
    from rich.console import Console

    from benchmarks.failures import BenchmarkError
    from benchmarks.report import check_target, machine, show, write

    with explained(BenchmarkError):
        check_target(out)
    messages = Console(stderr=True)

    def told(what: str) -> None:
        messages.print(what, markup=False, highlight=False, soft_wrap=True)

    with explained(BenchmarkError):
        parts = _measured(group, scale, repetitions, lake, holdout, rivals, told)
        if group in (Group.audio, Group.audio_load, Group.stems):
            parts += _audio(group, scale.value, data, rivals, told)
        if group in (Group.sentiment, Group.elasticity):
            parts += _rivals(group, scale.value, lake, data, told)
        if group is Group.ingest:
            needs_broker()
            from benchmarks.ingest_bench import ingest_parts

            parts += ingest_parts(scale.value, repetitions, told)
        if group is Group.series:
            from benchmarks.series_bench import series_parts

            parts += series_parts(chosen_data(data), scale.value, told)
        if group in (Group.streams, Group.search):
            parts.append(_of_data(group, chosen_data(data), scale.value, told, holdout=holdout))
    show(parts, Console())
    if out is not None:
        command = f"lacquer bench {group.value}" + (f" --scale {scale.value}" if scale != Size.full else "")
        write(parts, command, machine(), out)


def _of_data(group: Group, data: Path | None, scale: str, told: "Callable[[str], None]", *, holdout: bool) -> "Part":
    if data is None:
        fail("no folder of data sets: name it with --data or LACQUER_DATA")
    if group is Group.search:
        from serving.queries.search.bench import search_part

        return search_part(data, scale, told)
    from benchmarks.streams_bench import streams_part

    return streams_part(data, scale, current_settings().threads, told, holdout=holdout)


def _measured(
    group: Group,
    scale: Size,
    repetitions: int,
    lake: str | None,
    holdout: bool,
    rivals: bool,
    told: "Callable[[str], None]",
) -> "list[Part]":
    parts: list[Part] = []
    if group in (Group.all, Group.imports):
        from benchmarks.imports import import_part

        parts.append(import_part(repetitions=7 if scale == Size.full else 1, told=told))
    if group in (Group.all, Group.lake):
        from benchmarks.lake_bench import lake_part

        parts.append(lake_part(scale.value, repetitions, told))
    if group is Group.forecast or (group is Group.all and lake is not None):
        from benchmarks.forecasts import forecast_parts

        threads = current_settings().threads
        parts += forecast_parts(_store(lake), holdout=holdout, threads=threads, told=told, rivals=rivals)
    if group is Group.promotion:
        from benchmarks.promotions import promotion_parts

        parts += promotion_parts(_store(lake), scale.value, told)
    if group in (Group.all, Group.asof):
        from benchmarks.asof_bench import asof_part

        parts.append(asof_part(scale.value, repetitions, told))
    return parts


def _rivals(
    group: Group, scale: str, lake: str | None, data: Path | None, told: "Callable[[str], None]"
) -> "list[Part]":
    if group is Group.sentiment:
        from benchmarks.rivals.sentiment_bench import sentiment_parts

        return sentiment_parts(chosen_data(data), scale, told)
    from benchmarks.rivals.elasticity_bench import elasticity_parts

    return elasticity_parts(_store(lake), scale, told)


def _audio(group: Group, scale: str, data: Path | None, rivals: bool, told: "Callable[[str], None]") -> "list[Part]":
    from importlib.util import find_spec

    if find_spec("av") is None:
        fail("the audio packages are not installed; install them with make audio")
    if group is Group.stems:
        from benchmarks.stems_bench import stems_part

        return [stems_part(scale, current_settings().threads, told)]
    if group is Group.audio_load:
        from benchmarks.audio_load import load_parts

        return load_parts(scale, told)
    from benchmarks.audio_songs import audio_parts

    return audio_parts(scale, chosen_data(data), told, rivals=rivals)


def _store(lake: str | None) -> "Lake":
    """The lake to measure on; ends the command where there is none."""
    from lake.lakehouse import Lake

    with explained(ValueError):
        store = Lake(chosen_lake(lake))
    if not store.root.is_dir():
        fail(f"no lake at {store.root}: build one with lacquer run --lake {store.root}, or name another with --lake")
    return store
