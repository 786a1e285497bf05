"""Tests of what protects people in the lake."""
