"""One published lake, one copilot and one database of the truth for all questions."""

from typing import TYPE_CHECKING

import pytest

from serving.queries.publications import Publications
from tests import copilot_lake
from tests.needs import need_packages

if TYPE_CHECKING:
    import duckdb

    from lake.lakehouse import Lake
    from serving.copilot.ask import Copilot
    from serving.metrics.layer import MetricLayer


@pytest.fixture(scope="session")
def question_lake(tmp_path_factory: pytest.TempPathFactory) -> "Lake":
    return copilot_lake.build(tmp_path_factory.mktemp("copilot") / "lake")


@pytest.fixture(scope="session")
def publications(question_lake: "Lake") -> Publications:
    return Publications(question_lake)


@pytest.fixture(scope="session")
def layer() -> "MetricLayer":
    need_packages("metricflow", target="serve-tools")
    from serving.metrics.layer import MetricLayer

    return MetricLayer()


@pytest.fixture(scope="session")
def copilot(publications: Publications, layer: "MetricLayer") -> "Copilot":
    from serving.copilot.ask import Copilot

    return Copilot(publications.reader(), layer)


@pytest.fixture(scope="session")
def truth() -> "duckdb.DuckDBPyConnection":
    """The rows of the lake, with `lines`: the lines of products with what is known of their release and buyer."""
    con = copilot_lake.database()
    con.execute(
        "create view lines as select l.*, r.title, r.artist_name, r.label_name, r.genre, r.format, b.company_name, "
        "b.kind from gold.fct_order_line l left join gold.dim_release r using (release_id) "
        "left join gold.dim_buyer b using (buyer_id) where l.is_product"
    )
    return con
