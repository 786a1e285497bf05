"""A small ERP in a real database, the lake that pulls from it, and what each of them holds."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import psycopg

from assets.bronze.erp_changes import DOOR, ERP_CHANGES
from lake.contract import Column, Contract
from lake.delta.storage import only_one
from lake.ingest.bronze import take_in
from lake.ingest.pulls.pull import Pulled, pull
from lake.ingest.pulls.source import SourceTable
from lake.ingest.pulls.state import WORK
from lake.lakehouse import Lake
from lake.silver.refresh import Refreshed, refresh
from lake.silver.sql import Feed
from resources.erp import Erp
from tests.lake_builders import new_session
from tests.lake_builders import rows as rows_of

STOCK = Contract(
    name="stock",
    grain="one row per shop and title",
    key=("shop", "title"),
    latest_by="source_position",
    columns=(
        Column("shop", "string", "shop", source="shop"),
        Column("title", "int32", "title", source="title"),
        Column("units", "int32", "units", source="units", nullable=True),
        Column("price", "decimal(12, 4)", "price", source="price", nullable=True),
        Column("status", "string", "status", source="status", nullable=True),
        Column("updated_at", "timestamp", "last change", source="updated_at", nullable=True),
    ),
)
STOCK_FEED = Feed("erp_changes", "stock", ("after",), ("before",))
TABLES = "stock: {{relation: {schema}.stock, key: [shop, title], watermark: updated_at, look_back: 3 days{more}}}\n"


@dataclass
class Shop:
    """The ERP of one test: a schema with a table of stock, and the lake beside it."""

    url: str
    schema: str
    lake: Lake
    connection: psycopg.Connection = field(repr=False)

    def sql(self, statement: str, *values: object) -> list[tuple]:
        """Run a statement in the ERP and commit it."""
        with self.connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            found = cursor.fetchall() if cursor.description else []
        self.connection.commit()
        return found

    def another_connection(self) -> psycopg.Connection:
        """A second session of the ERP."""
        return psycopg.connect(self.url, options=f"-c search_path={self.schema} -c timezone=UTC")

    def erp(self, more: str = "") -> Erp:
        """The resource, as the settings would make it."""
        path = self.lake.root / "erp.yml"
        path.write_text(TABLES.format(schema=self.schema, more=f", {more}" if more else ""))
        return Erp(self.url, path)

    def pull(self, more: str = "", tables: Sequence[SourceTable] | None = None) -> Pulled:
        """Pull, no more: what it found lies in the landing folder."""
        erp = self.erp(more)
        with only_one(self.lake.root, WORK), erp.snapshot() as source:
            return pull(self.lake, self.lake.table(ERP_CHANGES), source, tables or erp.tables)[0]

    def take(self) -> Refreshed:
        """Take in what has landed and bring silver up to it."""
        session = new_session(self.lake)
        landed = take_in(self.lake, session, ERP_CHANGES, DOOR, self.lake.root / "landing" / "erp")
        assert landed.is_balanced
        return refresh(self.lake, session, STOCK, STOCK_FEED)

    def sync(self, more: str = "") -> Pulled:
        """A whole run: pull, take in, silver."""
        pulled = self.pull(more)
        self.take()
        return pulled

    def counts(self, more: str = "") -> tuple[int, int, int]:
        """A whole run; what its pull found new, late and deleted."""
        pulled = self.sync(more)
        return pulled.new, pulled.late, pulled.deleted

    def silver(self) -> list[tuple]:
        """Shop, title, units, price and status of every row in silver."""
        wanted = ("shop", "title", "units", "price", "status")
        return [tuple(row[name] for name in wanted) for row in rows_of(self.lake, "silver/stock")]

    def truth(self) -> list[tuple]:
        """The same, as the ERP has it."""
        return self.sql("select shop, title, units, price::numeric(12, 4), status from stock order by 1, 2, 3, 4, 5")
