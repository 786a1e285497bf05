"""Which rows of gold rest on which rows of silver, and the way from a key to landed lines.

Declared in ``links``: one entry per table that can be traced. To make a table traceable, add its key and the joins
that its SQL makes; ``docs/how-to/answer-an-auditor.md`` shows the command.
"""
