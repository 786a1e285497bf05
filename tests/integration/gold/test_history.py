"""1,000 generated histories, delivered late and out of order: each order line finds the version of its moment."""

import datetime as dt
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assets.bronze.erp_changes import erp_changes
from assets.bronze.pim_objects import pim_objects
from assets.silver.artists import artists
from assets.silver.buyers import buyers
from assets.silver.order_lines import order_lines
from assets.silver.orders import orders
from assets.silver.releases import releases
from lake.lakehouse import Lake
from tests.integration.gold.building import build_gold, rows
from tests.unit.silver.landed import Document, change, take_in

pytestmark = [pytest.mark.heavy]

SEED = 20_260_401
HISTORIES = ("dim_release_history", "dim_artist_history", "dim_buyer_history")
MODELS = (*HISTORIES, "fct_order_line", "fct_order_line_version")
START, HOURS = dt.datetime(2024, 1, 1, tzinfo=dt.UTC), 24 * 120
State = str | None  # what is stated, None: deleted
Stream = list[tuple[int, State]]  # hour and state, by hour


def moment(hour: int) -> dt.datetime:
    return START + dt.timedelta(hours=hour)


def streams(rng: random.Random, prefix: str, count: int, states: tuple[str, ...]) -> dict[str, Stream]:
    """By key: one to six changes at different hours, the first never a deletion, no two deletions in a row."""
    made: dict[str, Stream] = {}
    for number in range(count):
        stream: Stream = []
        for hour in sorted(rng.sample(range(HOURS), rng.randint(1, 6))):
            deletes = bool(stream) and stream[-1][1] is not None and rng.random() < 0.2
            stream.append((hour, None if deletes else rng.choice(states)))
        made[f"{prefix}{number:03d}"] = stream
    return made


def pim(kind: str, key: str, hour: int, state: State) -> Document:
    number = str(int(key[1:]) + (1_000 if kind == "Release" else 9_000))
    node: Document = {"id": number, "classname": kind, f"{kind.lower()}Id": key}
    node |= {"modificationDate": int(moment(hour).timestamp())}
    if state is None:
        return node | {"event": "delete"}
    more = {"title": f"{key} by {state}", "artist": {"artistId": state}} if kind == "Release" else {"name": state}
    return node | more | {"published": True}


def erp(key: str, hour: int, state: State) -> Document:
    row = {"buyer_id": key, "company_name": state or "", "kind": "shop", "country": "DE"}
    row |= {"created_at": START.isoformat()}
    document = change("buyers", row, hour + 1, "d" if state is None else "u")
    return document | {"source": document["source"] | {"ts_ms": int(moment(hour).timestamp() * 1_000)}}


def ordered(number: int, at: dt.datetime, release: str, buyer: str | None) -> Iterator[Document]:
    head = {"order_id": f"O{number:04d}", "order_type": "sale", "currency": "EUR", "created_at": at.isoformat()}
    yield change("orders", head | {"buyer_id": buyer, "status": "open", "country": "DE"}, 10_000 + number)
    line = {"line_no": 1, "sku": release, "item_category": "product", "qty": 1, "price": "2.5"}
    yield change("order_lines", head | line, 10_000 + number)


def serving(stream: Stream, at: dt.datetime) -> tuple[int, State, bool] | None:
    """Hour and state of the version that serves a moment, and whether it stood then; by looking at each change."""
    found: tuple[int, State, bool] | None = None
    for place, (hour, state) in enumerate(stream):
        if state is None or (found is not None and moment(hour) > at):
            continue
        ends = stream[place + 1][0] if place + 1 < len(stream) else None
        found = hour, state, moment(hour) <= at and (ends is None or at < moment(ends))
    return found


def version_key(key: str | None, found: tuple[int, State, bool] | None) -> str | None:
    return None if found is None else f"{key}@{int(moment(found[0]).timestamp()) * 1_000_000}"


def expected(lines: list[tuple[Any, ...]], known: dict[str, Stream]) -> list[tuple[Any, ...]]:
    """What each line must refer to, one after the other."""
    answer = []
    for number, at, release_id, buyer_id in lines:
        release = serving(known.get(release_id, []), at)
        artist_id = release[1] if release else None
        artist = serving(known.get(artist_id or "", []), at)
        buyer = serving(known.get(buyer_id or "", []), at)
        keys = (version_key(release_id, release), version_key(artist_id, artist), version_key(buyer_id, buyer))
        answer.append((f"O{number:04d}", *keys, *(one is not None and one[2] for one in (release, artist, buyer))))
    return answer


def deliver(root: Path, changes: list[tuple[str, int, State]], lines: list[tuple[Any, ...]], name: str) -> None:
    """Land changes in the order given, then the lines; take everything into silver."""
    kinds = {"R": "Release", "A": "Artist"}
    objects = [pim(kinds[key[0]], key, hour, state) for key, hour, state in changes if key[0] in kinds]
    take_in(root, "pim", objects, pim_objects, artists, releases, name=name)
    rest = [erp(key, hour, state) for key, hour, state in changes if key[0] == "B"]
    rest += [document for line in lines for document in ordered(*line)]
    take_in(root, "erp", rest, erp_changes, buyers, orders, order_lines, name=name)


def test_order_lines_refer_to_the_versions_of_their_moment_also_after_late_changes(tmp_path: Path) -> None:
    print(f"seed {SEED}")
    rng = random.Random(SEED)
    known = streams(rng, "A", 200, ("Ada", "The Lathes", "Dub Unit"))
    known |= streams(rng, "R", 500, tuple(f"A{number:03d}" for number in range(200)))
    known |= streams(rng, "B", 300, ("Groove Shop", "Groove Shop Ltd"))
    every = [(key, hour, state) for key, stream in known.items() for hour, state in stream]
    hours = [hour for _, hour, _ in every]
    lines = [
        (
            number,
            moment(rng.choice(hours) if rng.random() < 0.3 else rng.randrange(HOURS))
            - dt.timedelta(seconds=number % 2),
            f"R{rng.randrange(515):03d}",
            None if rng.random() < 0.1 else f"B{rng.randrange(306):03d}",
        )
        for number in range(2_000)
    ]
    rng.shuffle(every)
    lake = Lake(tmp_path)
    columns = "order_id, release_version_key, artist_version_key, buyer_version_key, "
    columns += "is_release_as_ordered, is_artist_as_ordered, is_buyer_as_ordered"
    for run, (until, upto) in enumerate([(len(every) // 2, 1_300), (len(every), 2_000)]):
        before = 0 if run == 0 else len(every) // 2
        deliver(tmp_path, every[before:until], lines[0 if run == 0 else 1_300 : upto], f"drop-{run}")
        build_gold(lake, f"run-{run}", MODELS)
        so_far: dict[str, Stream] = {}
        for key, hour, state in sorted(every[:until], key=lambda one: one[:2]):
            so_far.setdefault(key, []).append((hour, state))
        assert rows(lake, "fct_order_line_version", columns) == expected(lines[:upto], so_far)
        states = sum(state is not None for _, _, state in every[:until])
        assert sum(len(rows(lake, name, "valid_from")) for name in HISTORIES) == states
