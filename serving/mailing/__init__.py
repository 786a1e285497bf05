"""Reports that are mailed by the clock.

`schedules` keeps which report goes to whom and when, `rendering` makes the file with the rows that its owner sees,
`delivery` puts what is due into the outbox and sends it, `worker` does so every half minute beside a server. Templates
of reports live in `serving/exports`; to add one, add it to `serving/exports/templates.py`.
"""
