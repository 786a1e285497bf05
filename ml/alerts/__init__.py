"""Alerts: rules as data over daily facts, and what becomes of the incidents that they find.

What lives here: rules and their expressions (`rules`, `expressions`), the facts of each release and day that they see
(`facts`), where they hold (`hits`), one alert and its events (`alert`), and what becomes of incidents (`incidents`).
What does not: tables and journals (assets/alerts, lake/journals), and delivery (resources/delivery). To add a rule, add
it to `rules.yaml`; to add a fact, add its column to `facts`.
"""
