"""From a fresh checkout to a running product: `python installer/bootstrap.py demo | test | desktop`.

Standard library only. Makes `.venv` beside this checkout, installs the pinned versions into it (again only when they changed)
and runs the verb there. More words are passed on: `bootstrap.py test tests/engine -k demo`.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
CONSTRAINTS = ROOT / "installer" / "constraints.txt"
POLICY = Path("/usr/sbin/policy-rc.d")
OLDEST = (3, 11)

EXTRAS = {"demo": "", "test": "dev,synthesis,desktop", "desktop": "desktop"}
# Debian packages, and the program whose presence says that they are there already.
SERVERS = {"mariadb-server": "mariadbd"}
SCREEN = (
    "xvfb xauth libegl1 libgl1 libdbus-1-3 libfontconfig1 libglib2.0-0 libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 "
    "libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 libxcb-shape0 libxcb-xfixes0 libxcb-sync1 "
    "libxcb-xkb1 libx11-xcb1 fonts-dejavu-core"
).split()
CHECKS = {
    "formatting": ["ruff", "format", "--check"],
    "lint": ["ruff", "check"],
    "types": ["mypy"],
    "import contracts": ["lint-imports", "--no-logo"],
}


def main(words: list[str]) -> int:
    """Run one verb and give its exit status."""
    if sys.version_info < OLDEST:
        return say(f"Lookalike needs Python {OLDEST[0]}.{OLDEST[1]} or newer; this is {sys.version.split()[0]}.")
    if not words or words[0] not in EXTRAS:
        return say("usage: python installer/bootstrap.py demo | test [pytest options] | desktop")
    verb, rest = words[0], words[1:]
    require(system_packages(verb))
    if not install(EXTRAS[verb]):
        return 1
    if verb == "test":
        return test(rest)
    module = ["engine.cli", "demo"] if verb == "demo" else ["desktop"]
    return run([PYTHON, "-m", *module, *rest])


def say(sentence: str) -> int:
    """Print to stderr; 2 is the exit status of a wrong call."""
    print(sentence, file=sys.stderr, flush=True)
    return 2


def run(command: list[str | Path], **options: object) -> int:
    """Run in the checkout, on this terminal."""
    return subprocess.run([str(word) for word in command], cwd=ROOT, check=False, **options).returncode  # type: ignore[call-overload, no-any-return]


def system_packages(verb: str) -> list[str]:
    """The Debian packages that this verb uses and this machine lacks."""
    missing = []
    if not PYTHON.exists() and importlib.util.find_spec("ensurepip") is None:
        missing.append(f"python{sys.version_info.major}.{sys.version_info.minor}-venv")
    if verb == "test":
        path = os.environ.get("PATH", "") + os.pathsep + "/usr/sbin"
        missing += [package for package, program in SERVERS.items() if shutil.which(program, path=path) is None]
    if verb == "desktop" or (verb == "test" and os.environ.get("LOOKALIKE_REQUIRE") == "all"):
        missing += [package for package in SCREEN if not installed(package)]
    return missing


def installed(package: str) -> bool:
    """Does dpkg know it as installed? True where there is no dpkg: only Debian's own lack can be told."""
    if shutil.which("dpkg-query") is None:
        return True
    asked = subprocess.run(["dpkg-query", "-W", "-f=${db:Status-Status}", package], capture_output=True, check=False)
    return asked.stdout == b"installed"


def require(packages: list[str]) -> None:
    """Install Debian packages as root; otherwise print the one command that would. What is still missing, tests skip."""
    if not packages:
        return
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    if shutil.which("apt-get") is None:
        say(f"Not found on this machine (names as in Debian): {' '.join(packages)}. Tests that need them are skipped.")
    elif os.geteuid() != 0:
        say(f"This machine lacks system packages. Install them with:\n  sudo {' '.join(command)}")
    else:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        with no_services():
            run(["apt-get", "update", "-qq"], env=environment)
            run([*command[:2], "-qq", *command[2:]], env=environment, stdout=subprocess.DEVNULL)


@contextlib.contextmanager
def no_services():  # type: ignore[no-untyped-def]
    """Keep Debian from starting what it installs: the tests start servers of their own, on private folders and ports."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()


def install(extra: str) -> bool:
    """Put the pinned versions into `.venv`, unless it holds them already."""
    stamp = VENV / f"installed-{extra or 'base'}"
    wanted = fingerprint()
    if works() and stamp.exists() and stamp.read_text() == wanted:
        return True
    if not works():
        print(f"Making {VENV} ...", flush=True)
        if run([sys.executable, "-m", "venv", "--clear", VENV]) != 0:
            return False
    print("Installing (the first time takes some minutes) ...", flush=True)
    project = f".[{extra}]" if extra else "."
    pip = [PYTHON, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "-c", CONSTRAINTS, "-e", project]
    if run(pip) != 0:
        return False
    stamp.write_text(wanted)
    return True


def works() -> bool:
    """Is there a virtual environment whose Python still starts?"""
    return PYTHON.exists() and run([PYTHON, "-c", "import pip"], stderr=subprocess.DEVNULL) == 0


def fingerprint() -> str:
    """Changes when anything that decides what is installed changes."""
    content = (ROOT / "pyproject.toml").read_bytes() + CONSTRAINTS.read_bytes() + sys.version.encode()
    return hashlib.sha256(content).hexdigest()


def test(options: list[str]) -> int:
    """Formatting, lint, types and import contracts, then every test; 1 when any of them failed."""
    failed = []
    for name, command in CHECKS.items():
        print(f"-- {name}", flush=True)
        if run([PYTHON.with_name(command[0]), *command[1:]]) != 0:
            failed.append(name)
    status = run([PYTHON, "-m", "pytest", "-n", "2", "--dist", "worksteal", *options])
    if failed:
        say(f"Failed besides the tests: {', '.join(failed)}.")
    return status or bool(failed)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
