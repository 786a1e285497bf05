"""Feedback of sellers follows the messages in bronze; who reports it is a person."""

from pathlib import Path

from assets.bronze.feedback_events import feedback_events
from assets.silver.sales_feedback import sales_feedback
from tests.unit.silver.landed import ask, letters, take_in

MESSAGE = {
    "feedback_id": "F-1", "release_id": "R1", "origin": "2026-03-01", "horizon_days": 30, "actual_units": 137,
    "reason": "a tour was announced", "reported_by": "Ada", "created_at": "2026-04-02T16:00:00Z",
}  # fmt: skip


def test_a_message_is_kept_once_and_its_later_word_counts(tmp_path: Path) -> None:
    later = {**MESSAGE, "actual_units": 150, "reason": None, "created_at": "2026-04-03T09:00:00Z"}
    wrong = [
        {**MESSAGE, "feedback_id": "F-2", "actual_units": -3},
        {**MESSAGE, "feedback_id": "F-3", "horizon_days": 0},
    ]
    done = take_in(tmp_path, "feedback", [later, MESSAGE, MESSAGE, *wrong], feedback_events, sales_feedback)
    assert (done["rows_in"], done["rows_out"], done["dead_letters"]) == (5, 1, 2)
    assert ask(
        tmp_path,
        "select feedback_id, release_id, origin::text, horizon_days, actual_units, reason, reported_by, "
        "reported_at::text from silver.sales_feedback",
    ) == [("F-1", "R1", "2026-03-01", 30, 150.0, None, None, "2026-04-03 09:00:00+00")]
    assert letters(tmp_path) == [("actual_units is below 0", "-3"), ("horizon_days is below 1", "0")]
