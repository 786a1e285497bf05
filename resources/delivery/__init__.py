"""Delivery of alerts: which channels there are (`channels`), what waits in the outbox (`outbox`), sending (`sending`).

An event of an alert becomes one message per channel, kept in the operational database until the channel has taken it.
To add a kind of channel write its apprise address into the channels file; no code is needed.
"""
