"""The fast checks, one after the other, with all their complaints: what bin/check does."""

from __future__ import annotations

import subprocess
import sys
import time

from prepare import ROOT, VENV_PYTHON, prepare, say, sentences
from run_tests import ONCE, environment

CHECKS = {
    "Style": ["-m", "ruff", "check", "--quiet"],
    "Types": ["-m", "mypy", "--no-error-summary"],
    "Floors": ["-c", "from importlinter.cli import lint_imports_command as lint; lint(['--no-logo'])"],
    "Templates": ["-m", "djlint", "templates", "--lint", "--quiet"],
    "Quick tests": ["-m", "pytest", "-q", "--tb=short", "-n", "2", "-m", f"not ({ONCE} or slow)"],
}


def main() -> int:
    with sentences():
        prepare(dev=True)
        failed = [name for name, command in CHECKS.items() if not passes(name, command)]
    say(f"Failed: {', '.join(failed)}." if failed else "All is well.")
    return 1 if failed else 0


def passes(name: str, command: list[str]) -> bool:
    """Runs one check; shows what it says when it complains, the tests' figures in any case."""
    began = time.monotonic()
    done = subprocess.run(
        [VENV_PYTHON, *command], cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode != 0 or "pytest" in command:
        sys.stdout.write(done.stdout)
    say(f"{name}: {'ok' if done.returncode == 0 else 'FAILED'} ({time.monotonic() - began:.1f} s)")
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
