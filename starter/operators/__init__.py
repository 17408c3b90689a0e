"""The operators' desk on the command line: `python -m starter list`, `show`, `resend`, …

queries.py      what lists filter by, and the saved views of the Temporal UI: pure
executions.py   registrations as Temporal lists them
acts.py         an operator's message to one registration
foresee.py      what an act would do: the dry run, pure
pace.py         the same act on many, at a rate
checks.py       what `doctor` looks at
cli_*.py        the commands, in French
"""
