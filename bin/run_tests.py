"""Runs the tests on both databases: what bin/test does.

Sets up everything that they need first: packages, Chromium, Java for the HTML checker, PostgreSQL.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from postgres import throwaway_postgres
from prepare import ROOT, VENV_PYTHON, apt_install, prepare, say, sentences

ONCE = "browser or faults or runner"  # what does not depend on the database
#: what is below the database, or beside it: one run says all
NO_DATABASE = ("tests/gateways", "tests/sandbox", "tests/architecture")
#: what sends everything to everywhere takes minutes: once, to the database that production has and that refuses more
ON_POSTGRES_ONLY = ("tests/attacks/test_forms.py", "tests/attacks/test_every_route.py")
NO_TESTS = 5
PRODUCT_VARIABLES = (
    "BASE_URL", "BILLING_MODE", "CLASSPROJECTS_ENV", "DATABASE_URL", "DATA_DIR", "DEMO", "HOST", "MAIL_URL", "PORT",
    "REDIS_URL", "SECRET_KEY", "STORAGE_URL", "STRIPE_API_BASE", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET",
)  # fmt: skip


def main() -> int:
    arguments = sys.argv[1:]
    with sentences():
        prepare(dev=True)
        install_judges()
        if not arguments:
            return run_everything()
        if "--postgres" in arguments:
            arguments.remove("--postgres")
            with throwaway_postgres() as url:
                return subprocess.run(pytest(arguments), cwd=ROOT, env=environment(url)).returncode
        os.chdir(ROOT)
        os.execve(VENV_PYTHON, pytest(arguments), environment())


def install_judges() -> None:
    """The programs that judge pages: a browser, and Java for the HTML checker."""
    needed = {"chromium": "chromium", "java": "default-jre-headless"}
    missing = [package for program, package in needed.items() if not shutil.which(program)]
    if missing:
        apt_install(missing, f"The tests need {' and '.join(missing)}")


@dataclass
class Outcome:
    """What one run of pytest came to."""

    code: int
    passed: int = 0
    failed: int = 0
    skipped: int = 0


def run_everything() -> int:
    began = time.monotonic()
    outcomes = [stage("On SQLite", ["-n", "2", "-m", f"not ({ONCE})", *ignoring(ON_POSTGRES_ONLY)])]
    # A browser waits half of its time: meanwhile the tests on the other database run, and say afterwards how it went.
    with throwaway_postgres() as url, ThreadPoolExecutor() as beside:
        on_postgres = beside.submit(
            stage, "On PostgreSQL", ["-n", "2", "-m", f"not ({ONCE})", *ignoring(NO_DATABASE)], url, says_at_end=True
        )
        steal = ["-n", "2", "--dist", "worksteal", "-m", ONCE]
        outcomes.append(stage("In the browser, with faults, and the commands", steal, may_be_empty=True))
        outcomes.append(on_postgres.result())
    passed, failed, skipped = (
        sum(getattr(outcome, kind) for outcome in outcomes) for kind in ("passed", "failed", "skipped")
    )
    code = max(outcome.code for outcome in outcomes)
    say(f"\nAll of it took {(time.monotonic() - began) / 60:.1f} minutes and {'went well' if code == 0 else 'FAILED'}.")
    say(f"Total: {passed} passed, {failed} failed, {skipped} skipped")
    return code


def ignoring(places: Sequence[str]) -> list[str]:
    return [f"--ignore={place}" for place in places]


def stage(
    title: str, arguments: Sequence[str], database: str | None = None, *, may_be_empty: bool = False, says_at_end: bool = False
) -> Outcome:
    """One run of pytest under a heading, and its figures."""
    with tempfile.TemporaryDirectory() as folder:
        report, said = Path(folder) / "report.xml", Path(folder) / "said.txt"
        command = pytest(["-q", f"--junitxml={report}", *arguments])
        if says_at_end:
            with said.open("w") as output:
                done = subprocess.run(command, cwd=ROOT, env=environment(database), stdout=output, stderr=subprocess.STDOUT)
            say(f"\n== {title}\n{said.read_text(errors='replace')}")
        else:
            say(f"\n== {title}")
            done = subprocess.run(command, cwd=ROOT, env=environment(database))
        outcome = Outcome(done.returncode)
        if outcome.code == NO_TESTS and may_be_empty:
            outcome.code = 0
        if report.exists():
            for suite in ElementTree.parse(report).iter("testsuite"):
                total, *others = (int(suite.get(kind, 0)) for kind in ("tests", "failures", "errors", "skipped"))
                outcome.passed += total - sum(others)
                outcome.failed += others[0] + others[1]
                outcome.skipped += others[2]
    return outcome


def pytest(arguments: Sequence[str]) -> list[str]:
    return [str(VENV_PYTHON), "-m", "pytest", *arguments]


def environment(database: str | None = None) -> dict[str, str]:
    """Ours, less what a shell may hold for the product itself."""
    kept = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "PYTHONHOME"}}
    for name in PRODUCT_VARIABLES:
        kept.pop(name, None)
    kept["PATH"] = f"{VENV_PYTHON.parent}{os.pathsep}{kept.get('PATH', os.defpath)}"
    if database:
        kept["TEST_DATABASE_URL"] = database
    return kept


if __name__ == "__main__":
    sys.exit(main())
