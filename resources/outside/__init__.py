"""Outside sources: weather, calendars, economic figures, marketplaces, shops' pages. One file per kind of source.

A source is a class of options (a section of the sources file) that names its items and fetches one of them; see
`source`. What it yields are signal events; `fetching` lands them and keeps where each item stands. No item's fault
hurts another's. Reached through `resources.web` only. To add one: a module with a `Source`, its place in `kinds`, its
family's asset, a section in `docs/how-to/connect-outside-sources.md`, and a test against a server that answers like it.
"""
