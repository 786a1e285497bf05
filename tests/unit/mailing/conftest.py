"""The whole server over a small published lake, with a mail server that keeps what it gets."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lake.lakehouse import Lake
from tests import serving_lake
from tests.needs import need_packages
from tests.receivers import Mails, mails


@pytest.fixture
def post_box() -> Iterator[tuple[Mails, str]]:
    with mails() as (kept, address):
        yield kept, address


@pytest.fixture
def app(tmp_path: Path, post_box: tuple[Mails, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    need_packages("fastapi", "metricflow", "typst", "argon2", "django_htmx", target="serve-tools")
    from resources.settings import Settings
    from serving.server import create_server

    monkeypatch.setenv("LACQUER_RATE_LIMIT", "100000/minute")
    lake: Lake = serving_lake.build(tmp_path / "lake")
    made = create_server(Settings(lake=lake.root, mail_server=post_box[1], mail_domains="example.org"))
    yield made
    made.state.services.close()
