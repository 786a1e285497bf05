"""The campaigns of `lacquer bench`: a topic or a lake is broken again and again, and every row is accounted for."""

import typer

from serving.failures import explained, fail


def campaign(which: str, events: int, kills: int, seed: int | None, days: int) -> None:
    """Run the campaign of a name: chaos, crash, growth."""
    if which == "chaos":
        chaos(events, kills)
    elif which == "crash":
        crash(kills, seed)
    else:
        growth(days)


def chaos(events: int, kills: int) -> None:
    """Run a campaign, print its closing line, and fail unless every message is there once."""
    import sys

    from benchmarks.chaos.campaign import run
    from benchmarks.failures import BenchmarkError

    needs_broker()
    with explained(BenchmarkError):
        done = run(events, kills, lambda what: print(what, file=sys.stderr, flush=True))
    print(done.line())
    if not done.verdict.is_exact:
        raise typer.Exit(1)


def crash(kills: int, seed: int | None) -> None:
    """Run a campaign, print its closing line, and fail unless everything is there once, and right."""
    import sys

    from benchmarks.crash.campaign import run
    from benchmarks.crash.faults import FAULTS
    from benchmarks.failures import BenchmarkError

    with explained(BenchmarkError):
        done = run(
            kills,
            lambda what: print(what, file=sys.stderr, flush=True),
            seed,
            faults=tuple(FAULTS) * max(1, kills // 4),
        )
    print(done.line())
    if not done.is_exact:
        print(f"again: lacquer bench crash --kills {kills} --seed {done.seed}", file=sys.stderr)
        raise typer.Exit(1)


def growth(days: int) -> None:
    """Run a file a day with daily upkeep, print the lake's size on some days, and fail where rows are wrong."""
    from benchmarks.growth import grow

    found = grow(days, lambda what: print(what, flush=True))
    if not all(day.is_right for day in found):
        raise typer.Exit(1)


def needs_broker() -> None:
    """End the command where client, Java or Kafka are not installed."""
    from importlib.util import find_spec

    from benchmarks.servers.java import missing

    if find_spec("confluent_kafka") is None:
        fail("the Kafka client is not installed: make streams")
    if lack := missing():
        fail(lack)
