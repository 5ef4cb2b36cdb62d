"""`python -m dsr`: the command line of Privacybalie."""

from dsr.cli.main import main

if __name__ == "__main__":
    main()
