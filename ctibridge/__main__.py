"""``python -m ctibridge``."""

import sys

from ctibridge.app.cli import main

if __name__ == "__main__":
    sys.exit(main())
