"""`lacquer bench search`: 200 known-item queries over Discogs' releases of the charts pack, each ranking's nDCG@10.

The catalogue is that of the data set: one document per artist and title. The rankings are those of the search: BM25
over words, spelling by groups of letters, and both joined, which serves where no sentence model is installed.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.failures import BenchmarkError
from benchmarks.report import Part
from ml.search.fusion import fuse
from ml.search.known_items import Item, KnownItem, interval, known_items, ndcg
from serving.queries.search.documents import Document, plain
from serving.queries.search.words import Ranked, WordIndex

if TYPE_CHECKING:
    import polars as pl

FILE = Path("discogs") / "releases_electronic_90s.csv"
QUERIES, SEED = 200, 22
SIZES = {"tiny": 2_000, "full": 1_000_000}
SERVED = "words and spelling joined"
Told = Callable[[str], None]
RANKINGS: dict[str, Callable[[Ranked], list[str]]] = {
    "BM25 over words": lambda one: one.words,
    "spelling": lambda one: one.spelling,
    SERVED: lambda one: list(fuse([one.words, one.spelling])),
}


def read_catalogue(data: Path, most: int) -> "pl.DataFrame":
    """[key, title, artist, label, format, styles], one row per artist and title."""
    import polars as pl

    path = data / FILE
    if not path.is_file():
        raise BenchmarkError(f"no {FILE} under {data}: name the folder with --data or LACQUER_DATA")
    rows = pl.read_csv(path, infer_schema_length=0).select("artist", "title", "label", "format", "styles")
    named = rows.drop_nulls(["artist", "title"]).with_columns(
        pl.struct("artist", "title").map_elements(lambda one: plain(f"{one['artist']} {one['title']}"), pl.String)
        .alias("name")
    )  # fmt: skip
    listed = named.filter(pl.col("name") != "").unique("name", keep="first", maintain_order=True).head(most)
    return listed.with_row_index("n").with_columns(key=pl.format("D{}", "n"))


def search_part(data: Path, scale: str, told: Told) -> Part:
    """nDCG@10 of each ranking with its bootstrap interval, by kind of query, and the CPU time of a query."""
    rows = read_catalogue(data, SIZES[scale]).rows(named=True)
    told(f"{len(rows):,} releases are indexed")
    index = WordIndex([_document(row) for row in rows])
    items = [Item(row["key"], row["title"], row["artist"], row["styles"] or "") for row in rows]
    asked = known_items(items, QUERIES, SEED)
    found, seconds = [], []
    for one in asked:
        start = time.thread_time()
        ranked = index.rank(one.query)
        seconds.append(time.thread_time() - start)
        found.append({name: ndcg(of(ranked), one.key) for name, of in RANKINGS.items()})
    table = [
        _row(name, kind, asked, [one[name] for one in found]) for name in RANKINGS for kind in ("all", *_kinds(asked))
    ]
    best = max(RANKINGS, key=lambda name: interval([one[name] for one in found])[0])
    gain = interval([one[SERVED] - one["BM25 over words"] for one in found])
    p95 = sorted(seconds)[int(0.95 * len(seconds))] * 1000
    verdicts = [
        f"best of all: {best}; joined less BM25: {gain[0]:+.3f} ({gain[1]:+.3f} to {gain[2]:+.3f})",
        f"p95 of a query over {len(rows):,} releases: {p95:.0f} ms of CPU",
    ]
    columns = ("ranking", "queries", "count", "nDCG@10", "95% interval")
    measured = {"rows": table, "gain": gain, "p95_cpu_ms": p95, "releases": len(rows)}
    return Part(f"known items in {len(rows):,} releases", columns, table, verdicts, measured)


def _kinds(asked: list[KnownItem]) -> list[str]:
    return list(dict.fromkeys(one.kind for one in asked))


def _row(name: str, kind: str, asked: list[KnownItem], values: list[float]) -> tuple[str, ...]:
    chosen = [value for value, one in zip(values, asked, strict=True) if kind in ("all", one.kind)]
    mean, low, high = interval(chosen)
    return (name, kind, str(len(chosen)), f"{mean:.3f}", f"{low:.3f} to {high:.3f}")


def _document(row: dict[str, str]) -> Document:
    return Document(
        release_id=row["key"], title=row["title"], artist_id=None, artist_name=row["artist"], label_id=None,
        label_name=row["label"], genre="electronic", format=row["format"], ean=None, catalogue_number=None,
    )  # fmt: skip
