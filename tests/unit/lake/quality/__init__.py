"""Tests of the comparison with a table's own past."""
