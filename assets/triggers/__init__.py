"""Triggers: days of releases that their own past does not explain. `daily_sql` is what they look at."""
