"""Two runs in one process see two states; personal data needs its key; orphans of killed processes are ended."""

import os
from pathlib import Path

import pytest
from dagster import DagsterInstance, DagsterRunStatus
from dagster import DagsterInstance as Instance
from pydantic import SecretStr

from resources.lake import LakeResource
from serving.runs.execution import PROCESS_TAG, end_orphans
from tests.integration.dagster.running import DAYS, ask, change, land, land_demo, run_main, true_lines

FACT = "select order_id, line_number, quantity from fct_order_line order by all"


@pytest.mark.heavy
def test_two_runs_in_one_process_see_two_states(lake: Path) -> None:
    assert ask(lake, FACT) == true_lines(lake)
    before = len(true_lines(lake))
    for days in (DAYS + 1, DAYS + 2):
        land_demo(lake, days)
        assert run_main(lake).success
        assert ask(lake, FACT) == true_lines(lake)
    assert len(true_lines(lake)) > before


@pytest.mark.heavy
def test_without_a_key_personal_data_is_left_out_and_with_one_it_is_a_pseudonym(lake: Path) -> None:
    contacts = "select count(*), count(contact_name), count(email), count(phone), count(address) from silver.buyers"
    ((buyers, *stored),) = ask(lake, contacts)
    assert buyers > 0
    assert stored == [0, 0, 0, 0]
    buyer = {"buyer_id": "B99", "company_name": "Groove", "kind": "shop", "country": "DE", "email": "ada@example.org"}
    land(lake, "2024-02-15--1.jsonl", [change("buyers", buyer | {"created_at": "2024-02-14T10:00:00Z"}, 10**16)])
    key = LakeResource(lake, 0.01, 2, SecretStr("k" * 32).get_secret_value())
    assert run_main(lake, lake=key).success
    ((email,),) = ask(lake, "select email from silver.buyers where buyer_id = 'B99'")
    assert len(email) == 41
    assert "ada" not in email


def _started(instance: Instance, process: str | None) -> str:
    from dagster import job, op

    @op
    def nothing() -> None: ...

    @job
    def main() -> None:
        nothing()

    tags = {PROCESS_TAG: process} if process else {}
    run = instance.create_run_for_job(main, tags=tags, status=DagsterRunStatus.STARTED)
    return run.run_id


def test_only_runs_whose_process_is_gone_are_ended() -> None:
    with DagsterInstance.ephemeral() as instance:
        own = Path(f"/proc/{os.getpid()}/stat").read_text().rsplit(")", 1)[1].split()[19]
        gone = _started(instance, "999999999:1")
        number_used_again = _started(instance, f"{os.getpid()}:1")
        alive = _started(instance, f"{os.getpid()}:{own}")
        of_the_daemon = _started(instance, None)
        end_orphans(instance)
        found = {run.run_id: run.status for run in instance.get_runs()}
    assert found == {
        gone: DagsterRunStatus.FAILURE,
        number_used_again: DagsterRunStatus.FAILURE,
        alive: DagsterRunStatus.STARTED,
        of_the_daemon: DagsterRunStatus.STARTED,
    }
