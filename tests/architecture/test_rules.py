"""Rules of the design that no linter knows. Each failure names the file and the line."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
PACKAGES = ("netsim", "courseware", "lessons", "classes", "quizzes", "lti")
LONGEST_FILE, LONGEST_FUNCTION = 500, 50
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "misc"}
WRITES = {"save", "create", "delete", "update", "bulk_create", "bulk_update", "get_or_create", "update_or_create"}
TEXT_SUFFIXES = {".html", ".js", ".css", ".svg"}
YAML_PLACES = "netsim.kubernetes.parsing"
Function = ast.FunctionDef | ast.AsyncFunctionDef


def python_files(*folders: str) -> list[Path]:
    files = [path for folder in folders for path in (PROJECT / folder).rglob("*.py") if "migrations" not in path.parts]
    return sorted(files)


def place(path: Path, node: ast.AST | int) -> str:
    line = node if isinstance(node, int) else getattr(node, "lineno", 0)
    return f"{path.relative_to(PROJECT)}:{line}"


def imported_names(node: ast.AST) -> list[str]:
    """Top-level package names of one import statement; our own for a relative import."""
    if isinstance(node, ast.Import):
        return [alias.name.split(".")[0] for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [PACKAGES[0] if node.level else (node.module or "").split(".")[0]]
    return []


def functions(tree: ast.AST) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def violations(files: list[Path], check: Callable[[Path, ast.Module], Iterator[str]]) -> list[str]:
    assert files, "no files to check"
    return [found for path in files for found in check(path, ast.parse(path.read_text(), str(path)))]


def site_files(pattern: str) -> list[Path]:
    """The text files of pages whose name matches."""
    files = [path for folder in ("templates", "static") for path in (PROJECT / folder).rglob(pattern)]
    return [path for path in files if path.suffix in TEXT_SUFFIXES]


def lines_that_match(pattern: str, files: list[Path]) -> list[str]:
    assert files, "no files to check"
    return [
        place(path, number)
        for path in files
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(pattern, line)
    ]


def test_a_file_shows_its_subject_at_once() -> None:
    def check(path: Path, tree: ast.Module) -> Iterator[str]:
        if (lines := len(path.read_text().splitlines())) > LONGEST_FILE:
            yield f"{place(path, lines)}: {lines} lines"

    assert violations([*python_files(*PACKAGES, "tests"), PROJECT / "bootstrap.py"], check) == []


def test_a_function_does_one_thing() -> None:
    def check(path: Path, tree: ast.Module) -> Iterator[str]:
        for function in functions(tree):
            lines = (function.end_lineno or 0) - function.lineno + 1
            if lines > LONGEST_FUNCTION:
                yield f"{place(path, function)}: {function.name} has {lines} lines"

    assert violations([*python_files(*PACKAGES), PROJECT / "bootstrap.py"], check) == []


def test_nothing_of_ours_is_imported_inside_a_function() -> None:
    def check(path: Path, tree: ast.Module) -> Iterator[str]:
        for function in functions(tree):
            for node in ast.walk(function):
                if set(imported_names(node)) & set(PACKAGES):
                    yield place(path, node)

    assert violations(python_files(*PACKAGES), check) == []


def test_modules_have_names_that_say_what_is_in_them() -> None:
    vague = [place(path, 1) for path in python_files(*PACKAGES) if {path.stem, path.parent.name} & VAGUE_NAMES]
    assert vague == []


def test_the_engine_imports_only_the_standard_library_and_yaml_in_one_place() -> None:
    allowed = set(sys.stdlib_module_names) | {"netsim"}

    def check(path: Path, tree: ast.Module) -> Iterator[str]:
        module = ".".join(path.relative_to(PROJECT).with_suffix("").parts)
        here = allowed | ({"yaml"} if module.startswith(YAML_PLACES) else set())
        for node in ast.walk(tree):
            if foreign := set(imported_names(node)) - here:
                yield f"{place(path, node)}: {', '.join(sorted(foreign))}"

    assert violations(python_files("netsim"), check) == []


def test_views_and_tasks_write_no_model() -> None:
    files = [
        path
        for path in python_files("lessons", "classes", "quizzes", "lti")
        if {"views", "tasks"} & {path.stem, *path.parts}
    ]

    def check(path: Path, tree: ast.Module) -> Iterator[str]:
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES:
                yield f"{place(path, node)}: .{node.func.attr}()"

    assert violations(files, check) == []


def test_apps_enter_the_engine_by_its_front_door() -> None:
    def check(path: Path, tree: ast.Module) -> Iterator[str]:
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "netsim":
                yield f"{place(path, node)}: from {node.module} import ...; write `import netsim`"
            if isinstance(node, ast.Import) and any(alias.name.startswith("netsim.") for alias in node.names):
                yield f"{place(path, node)}: import of an inside module; write `import netsim`"

    assert violations(python_files("courseware", "lessons", "classes", "quizzes", "lti"), check) == []


@pytest.mark.parametrize(
    ("pattern", "files"),
    [
        pytest.param(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")", "*.html", id="no inline script"),
        pytest.param(r"<style\b", "*.html", id="no inline style sheet"),
        pytest.param(r"\sstyle\s*=", "*.html", id="no style attribute"),
        pytest.param(r"\son[a-z]+\s*=", "*.html", id="no inline event handler"),
        pytest.param(r"\bhx-on[:-]|hx-vals=['\"]js:", "*.html", id="no htmx attribute that evaluates"),
        pytest.param(r"https?://(?:cdn|unpkg|fonts\.g|ajax\.g)", "*.*", id="no content delivery network"),
        pytest.param(r"\beval\(|new Function", "*.js", id="no script evaluates text"),
    ],
)
def test_pages_keep_to_the_content_security_policy(pattern: str, files: str) -> None:
    assert lines_that_match(pattern, site_files(files)) == []


def test_only_the_admins_scripts_the_service_worker_and_the_data_of_benches_fetch() -> None:
    allowed = ("admin_", "service_worker", "bench_data")
    scripts = [path for path in site_files("*.js") if not path.name.startswith(allowed)]
    assert lines_that_match(r"\bfetch\(|XMLHttpRequest", scripts) == []


def test_every_reference_to_a_browser_library_is_to_a_file_that_is_served() -> None:
    """vendor/NAME@VERSION/... in templates, scripts and style sheets names files that vendor_assets copies."""
    pattern = re.compile(r"vendor/((?:@[\w-]+/)?[\w.-]+@[\w./@-]+)")
    missing = [
        f"{place(path, number)}: {reference}"
        for folder in ("templates", "static", "lessons", "classes", "quizzes", "lti")
        for path in (PROJECT / folder).rglob("*")
        if path.suffix in (".html", ".js", ".css", ".py")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        for reference in pattern.findall(line)
        if not (PROJECT / "build" / "vendor" / reference).is_file()
    ]
    assert missing == []
