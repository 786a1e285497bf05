"""A run of the asset graph as a process: execution, progress, landing beside it, and the summary at its end."""
