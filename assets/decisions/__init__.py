"""Decisions: what to order and where to advertise, with risk and money, from the newest plan."""
