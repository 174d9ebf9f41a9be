"""Set-up: what it says when something is missing, and that it does nothing twice."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest

import bootstrap
from bootstrap import SetupError

PROJECT = Path(__file__).resolve().parents[2]
Version = namedtuple("Version", "major minor micro")


@pytest.fixture(autouse=True)
def log_in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "LOG", tmp_path / "bootstrap.log")


def program(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_an_older_python_is_told_which_one_is_needed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", Version(3, 9, 2))
    assert bootstrap.main(["run"]) == 1
    assert "Python 3.11 or newer is needed" in capsys.readouterr().out


@pytest.mark.parametrize(("arguments", "status"), [(["dance"], 2), (["--help"], 0)], ids=["unknown command", "help"])
def test_the_commands_are_explained(arguments: list[str], status: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert bootstrap.main(arguments) == status
    assert "python3 bootstrap.py test" in capsys.readouterr().out


def test_a_failed_step_shows_the_end_of_what_it_said(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SetupError, match="Step: failed with exit status 3.\n    the reason"):
        bootstrap.work("Step", ["sh", "-c", "echo the reason; exit 3"])


@pytest.mark.parametrize(
    ("output", "network"),
    [
        ("Temporary failure in name resolution", True),
        ("npm error code ENOTFOUND", True),
        ("THESE PACKAGES DO NOT MATCH THE HASHES", False),
    ],
)
def test_a_missing_network_is_recognized(output: str, network: bool) -> None:
    message = bootstrap.explain_failure("Step", 1, output)
    assert ("Connect to the internet" in message) is network


def test_without_network_set_up_stops_and_says_so(tmp_path: Path) -> None:
    """A copy of the project's set-up files, a proxy that refuses every connection, and no package cache."""
    for name in ("bootstrap.py", "requirements", "package.json", "package-lock.json", ".npmrc"):
        source = PROJECT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    result = subprocess.run(
        [sys.executable, "bootstrap.py", "run"],
        cwd=tmp_path,
        env={
            "PATH": os.defpath,
            "HOME": str(tmp_path),
            "HTTPS_PROXY": "http://127.0.0.1:1",
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_RETRIES": "0",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert "This looks like a missing network connection." in result.stdout
    assert "Traceback" not in result.stdout + result.stderr


def test_a_step_is_not_done_twice_until_what_it_is_made_from_changes(tmp_path: Path) -> None:
    stamp, done = tmp_path / "stamp", []
    for mark in ("a", "a", "b", "b"):
        bootstrap.once(stamp, mark, lambda mark=mark: done.append(mark))
    assert done == ["a", "b"]


def test_a_step_that_failed_is_done_again(tmp_path: Path) -> None:
    def fail() -> None:
        raise SetupError("no")

    stamp = tmp_path / "stamp"
    bootstrap.once(stamp, "a", lambda: None)
    with pytest.raises(SetupError):
        bootstrap.once(stamp, "b", fail)
    assert not stamp.exists()


def test_a_chromium_that_does_not_start_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ubuntu's /usr/bin/chromium-browser is a script that asks for a snap."""
    program(tmp_path, "chromium", "exit 1")
    works = program(tmp_path, "google-chrome", "echo Chrome 1.0")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("HOP_CHROMIUM", raising=False)
    assert bootstrap.find_chromium() == str(works)


def test_the_chromium_in_the_environment_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, "chromium", "exit 0")
    mine = program(tmp_path, "mine", "exit 0")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOP_CHROMIUM", str(mine))
    assert bootstrap.find_chromium() == str(mine)


def test_the_headless_shell_comes_before_the_whole_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, "chromium", "exit 0")
    shell = program(tmp_path, "chromium-headless-shell", "exit 0")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("HOP_CHROMIUM", raising=False)
    assert bootstrap.find_chromium() == str(shell)


@pytest.mark.parametrize("answer", [True, False, SetupError("no such package")], ids=["there", "no apt", "no package"])
def test_the_headless_shell_is_asked_for_once_and_its_absence_is_no_error(
    answer: bool | SetupError, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def apt_install(_: str, packages: list[str]) -> bool:
        asked.append(packages)
        if isinstance(answer, SetupError):
            raise answer
        return answer

    chromium = program(tmp_path, "chromium", "exit 0")
    monkeypatch.setattr(bootstrap, "BUILD", tmp_path / "build")
    monkeypatch.setattr(bootstrap, "apt_install", apt_install)
    monkeypatch.setenv("PATH", str(tmp_path))
    for _ in range(2):
        monkeypatch.setenv("HOP_CHROMIUM", "")
        bootstrap.test_browser()
    assert (asked, os.environ["HOP_CHROMIUM"]) == ([["chromium-headless-shell"]], str(chromium))


def test_without_any_chromium_the_tests_do_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise SetupError("cannot download")

    monkeypatch.setattr(bootstrap, "BUILD", tmp_path / "build")
    monkeypatch.setattr(bootstrap, "find_chromium", lambda: None)
    monkeypatch.setattr(bootstrap, "apt_install", lambda *_: False)
    monkeypatch.setattr(bootstrap, "install_playwright_chromium", fails)
    with pytest.raises(SetupError, match="(?s)cannot download.*set HOP_CHROMIUM"):
        bootstrap.test_browser()


def test_apt_is_left_alone_without_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert bootstrap.apt_install("Chromium", ["chromium"]) is False


def test_missing_kernel_tools_are_said_and_do_not_stop_the_other_tests(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    bootstrap.kernel_tools()
    assert "will be reported as skipped" in capsys.readouterr().out


@pytest.mark.parametrize("lock", ["runtime", "test", "node"])
def test_every_locked_package_has_one_version_and_hashes(lock: str) -> None:
    text = (PROJECT / "requirements" / f"{lock}.txt").read_text().replace("\\\n", " ")
    packages = [line for line in text.splitlines() if line.strip()]
    assert packages
    assert [line for line in packages if "==" not in line or "--hash=sha256:" not in line] == []


def test_the_locks_agree_on_every_version() -> None:
    def versions(lock: str) -> dict[str, str]:
        lines = (PROJECT / "requirements" / f"{lock}.txt").read_text().splitlines()
        pins = [line.split(" ")[0] for line in lines if "==" in line]
        return dict(pin.split("==") for pin in pins)

    runtime, test = versions("runtime"), versions("test")
    assert runtime.items() <= test.items()


def test_translations_are_compiled_again_when_a_catalog_changes_or_is_not_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog = tmp_path / "locale/de/LC_MESSAGES/django.po"
    catalog.parent.mkdir(parents=True)
    catalog.write_text("one")
    (tmp_path / "courseware").mkdir()
    (tmp_path / "courseware" / "translations.py").touch()
    made: list[str] = []
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "BUILD", tmp_path / "build")
    monkeypatch.setattr(bootstrap, "work", lambda title, command: made.append(catalog.read_text()))
    bootstrap.translations()
    bootstrap.translations()
    catalog.with_suffix(".mo").touch()
    bootstrap.translations()
    catalog.write_text("two")
    bootstrap.translations()
    assert made == ["one", "one", "two"]


@pytest.mark.parametrize("command", ["test", "nightly"])
def test_python_keeps_what_it_compiles_for_the_tests(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    for name in ("NETSIM_RANDOM_SCENARIOS", "COURSE_PACKETS"):
        monkeypatch.setenv(name, "1")
    for step in ("python_environment", "browser_libraries", "translations", "test_browser", "kernel_tools"):
        monkeypatch.setattr(bootstrap, step, lambda *_: None)
    monkeypatch.setattr(bootstrap, "one_at_a_time", contextlib.nullcontext)
    for start in ("replace_process", "finished"):
        monkeypatch.setattr(bootstrap, start, lambda command: "PYTHONDONTWRITEBYTECODE" in os.environ)
    assert bootstrap.COMMANDS[command]([]) is False
