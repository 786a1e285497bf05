"""The commands of `lacquer`: one module per command, its options and what it prints.

A command reads its options, calls what does the work, and shows the result. Work that a second command or another
interface needs lives in `serving/runs` or `serving/queries`. A new command is one module here and one line in
`serving/cli.py`.
"""
