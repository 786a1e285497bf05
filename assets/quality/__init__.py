"""Checks of business sense: whether what was just loaded looks like the table's own past. Promises are contracts'."""
