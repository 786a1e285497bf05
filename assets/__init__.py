"""The asset graph, thin: each file says what a row is, where it comes from, and that it is an asset.

One table or one product per file, in the folder of its layer. No algorithm lives here: what needs thought is a
function of ``lake``, ``ml`` or ``audio``. To add a table, see ``docs/how-to/add-a-table.md``.
"""
