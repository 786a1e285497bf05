"""Folders of exports as real systems write them, each from the same planted sales."""
