"""dbt in this process: the project, its manifest, one invocation at a time, and gold's tests on published versions.

What is due and what a build writes is decided in `lake/gold`.
"""
