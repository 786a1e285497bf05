"""Generated stems that fit a track: a plan from its JAMS, backends that follow it, and the measured adherence.

Here live the plan (`plan`), the backends (`backends`, with the `parts` and `voices` of the rule-based one), what a
draft scores when our analysis listens to it (`adherence`), and the bounded attempts of a request (`drafts`). Not here:
who approves a draft, and the command line. To add a backend: a class with `name`, `version`, `stems` and `generate`.
"""
