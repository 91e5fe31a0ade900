"""Asks the advisory service about the packages of an environment: python tests/audit.py FOLDER.

``FOLDER`` is the site-packages to look at; pip-audit is that of the Python that runs this. The
status is 1 where a weakness is known, and 0 where none is, or where the service cannot be asked.
Where it could not be asked about a package, that is said: an answer about none of them is no
answer.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

SECONDS = 120
NOT_DONE = "audit: not done, since the advisory service cannot be reached"


def audit(folder: str) -> int:
    """Asks, prints what is known, and returns the status."""
    command = [sys.executable, "-m", "pip_audit", "--path", folder, "--format", "json",
               "--progress-spinner", "off", "--timeout", "10"]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
        packages = json.loads(done.stdout)["dependencies"]
    except subprocess.TimeoutExpired:
        print(f"{NOT_DONE} within {SECONDS} s")
        return 0
    except (ValueError, KeyError, TypeError):
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        print(f"{NOT_DONE} ({last})")
        return 0
    lines, status = verdict(packages)
    print("\n".join(lines))
    return status


def verdict(packages: Sequence[dict[str, Any]]) -> tuple[list[str], int]:
    """Returns what to say of the packages, and the status."""
    asked = [package for package in packages if "skip_reason" not in package]
    if not asked:
        return [f"{NOT_DONE}: it knows none of the {len(packages)} packages"], 0
    lines = [
        f"audit: {package['name']} {package['version']}: {weakness['id']}, mended in "
        f"{', '.join(weakness.get('fix_versions', ())) or 'no version'}"
        for package in asked
        for weakness in package["vulns"]
    ]
    known = len(lines)
    left = f"; {len(packages) - len(asked)} others it does not know" if asked != packages else ""
    return [*lines, f"audit: {known} known weaknesses in {len(asked)} packages{left}"], int(
        known > 0
    )


if __name__ == "__main__":
    sys.exit(audit(sys.argv[1]))
