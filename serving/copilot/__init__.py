"""Questions in words, answered by numbers that say where they come from, or refused with what can be answered.

`plan` is what a question becomes: a metric query, a call of a tool, or a refusal. A planner makes the plan: `grammar`
needs no model. `checks` holds every plan, whoever made it, against what the lake has; `execute` and `tools` run it
through the semantic layer and the queries, in the scope of who asks. No planner writes SQL, and no number comes from a
model.

To add a tool: its name and arguments in `plan`, its function in `tools`, its words in `grammar`, and questions about it
in tests/unit/copilot/questions.yml.
"""
