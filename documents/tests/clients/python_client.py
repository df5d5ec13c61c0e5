"""The generated Python client, made where it is out of date."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path

from documents.tests.processes import ROOT

HOME = ROOT / "clients" / "python"


@cache
def python_client() -> Path:
    """Generate the package if it differs from the OpenAPI document; return where it is."""
    subprocess.run((sys.executable, "generate.py"), cwd=HOME, check=True, capture_output=True)
    if str(HOME) not in sys.path:
        sys.path.insert(0, str(HOME))
    return HOME
