"""The process of a job: does a command of `lacquer`, and puts on record how it ended.

Usage: python -m serving.jobs.child JOB_ID LAKE COMMAND...
"""

import subprocess
import sys


def main(job_id: str, lake: str, *command: str) -> int:
    """Do the command of a job on a lake; its exit status."""
    from sqlalchemy import update

    from resources.database import Database
    from serving.accounts.tables import metadata, table
    from serving.jobs.work import DONE, FAILED, ended
    from serving.options import current_settings
    from serving.runs.execution import this_process

    database = Database.from_settings(current_settings(lake=lake), metadata())
    rows = table("jobs")
    with database.write() as con:
        con.execute(update(rows).where(rows.c.job_id == job_id).values(process=this_process()))
    # Its output is the job's: the file that this process was given.
    code = subprocess.run([sys.executable, "-P", "-m", "serving.cli", *command, "--lake", lake], check=False).returncode
    ended(database, job_id, DONE if code == 0 else FAILED)
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
