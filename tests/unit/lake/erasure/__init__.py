"""Tests of forgetting a buyer."""
