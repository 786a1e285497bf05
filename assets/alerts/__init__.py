"""Alerts: what the rules see (`alert_facts`), and what became of each incident (`alerts`, and its events)."""
