"""``python -m alseg``."""

import sys

from alseg.cli import main

sys.exit(main())
