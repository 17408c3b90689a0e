"""Start the command line: `python -m starter --help`."""

from starter.cli import main

if __name__ == "__main__":
    main()
