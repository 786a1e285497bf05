"""Generated stems that fit a track: a plan from its JAMS, backends that follow it, and the measured adherence.

Here live the plan (`plan`), the backends (`backends`, with the `parts` and `voices` of the rule-based one; `studio` has
those with weights), what a draft scores in our analysis (`adherence`), the bounded attempts of a request
(`drafts`), and original, stem and mix to compare (`audition`). Not here: who approves a draft, and the command line. To
add a backend: a class with `name`, `version`, `stems` and `generate`.
"""
