# The programs here are run by their paths and import each other by bare names; a test runner that comes in through the
# package must find the same names.
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
