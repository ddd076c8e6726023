"""The demo's service is a program of its own: its image holds `service` and nothing around it."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[3] / "demo"))
