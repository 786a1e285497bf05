"""Weekly reports in words: what sold, what changed and why, forecasts and misses, alerts, what to do.

Numbers come first: `figures` reads them with SQL as `facts`, `narrative` puts them into sentences. A language model may
change the wording (`rephrase`): it sees the sentences without their values, and a wording that says anything else sends
the report back to the template. `weekly_narrative` is what commands, pages, interfaces and mails call.
"""
