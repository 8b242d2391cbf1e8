"""``python -m servicemap`` and the command ``servicemap``."""

from servicemap.cli import main

if __name__ == "__main__":
    main()
