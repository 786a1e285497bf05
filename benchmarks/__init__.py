"""`lacquer bench`: how fast and how good we are, each figure beside a reference measured in the same run.

Here live the figures (what is measured against what), the references (the same work in bare polars, DuckDB or
delta-rs), and how they are measured: each case in a child process of its own, ours and the references in turn. No
figure is asserted: the bars stand beside the ratios, and a shared machine is noisy.

To add a figure: a module with functions that prepare and return the work, its `Figure` in `figures()` of the group's
module, and a test in tests/unit/benchmarks that runs it tiny and compares what the cases wrote.
"""
