"""Triggers: points of a series that its own past does not explain, each with expectation, score and reason.

What lives here: one series in depth (`detector`, with `grid`, `residual`, `multivariate`, `evidence`, `reasons`), many
daily series at once (`panel`), and how detectors are judged (`evaluate`). What does not: which series there are
(assets/triggers) and what a person is told about them (ml/alerts). Every score rests on earlier points and its own
point only; a test cuts series off and expects the same scores. To add a detector of one series: return one score per
step from the steps up to it, and add it to `detector.score_series`.
"""
