"""Ask Spark the questions about the published versions of a lake; prints the answers. Run in Spark's environment."""

import json
import sys
from pathlib import Path

from resources.spark.session import open_spark
from tests.integration.scale.questions import QUESTIONS, plain


def main(root: Path, versions: dict[str, int]) -> None:
    """Make a view of each version and print the answers as JSON, by the question's number."""
    spark = open_spark()
    for key, version in versions.items():
        rows = spark.read.format("delta").option("versionAsOf", version).load(str(root / key))
        if "is_deleted" in rows.columns:
            rows = rows.where("not is_deleted").drop("is_deleted")
        rows.createOrReplaceTempView(key.split("/")[1])
    answers = [plain(row.values() for row in spark.sql(one).toArrow().to_pylist()) for one in QUESTIONS]
    spark.stop()
    print(json.dumps(answers))


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(sys.argv[2]))
