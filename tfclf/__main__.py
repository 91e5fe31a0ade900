"""``python -m tfclf`` is the command line."""

from tfclf.cli.app import main

if __name__ == "__main__":
    main()
