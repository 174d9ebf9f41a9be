"""Browser libraries: what is copied, and what is said when package.json and node_modules do not fit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from courseware.vendoring import VendorError, copy_vendor_files


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one library: index.js imports ./lib/core.js, which imports ../side.js."""
    package = tmp_path / "node_modules" / "@scope" / "graph"
    files = {
        "package.json": json.dumps({"version": "1.2.3"}),
        "LICENSE": "MIT",
        "index.js": 'import { core } from "./lib/core.js";\n//# sourceMappingURL=index.js.map\n',
        "lib/core.js": 'import "../side.js";\nexport const core = () => import("./lazy.mjs");\n',
        "lib/lazy.mjs": "export {};\n",
        "side.js": "export {};\n",
        "unused.js": "export {};\n",
    }
    for name, text in files.items():
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text(text)
    write_manifest(tmp_path, ["index.js"])
    return tmp_path


def write_manifest(project: Path, entries: list[str], version: str = "1.2.3", name: str = "@scope/graph") -> None:
    manifest = {"dependencies": {"@scope/graph": version}, "vendor": {name: entries}}
    (project / "package.json").write_text(json.dumps(manifest))


def test_the_imported_modules_and_the_license_come_along(project: Path) -> None:
    copied = copy_vendor_files(project, project / "vendor")
    assert {str(path) for path in copied} == {
        f"@scope/graph@1.2.3/{name}" for name in ("index.js", "lib/core.js", "lib/lazy.mjs", "side.js", "LICENSE")
    }
    assert all((project / "vendor" / path).is_file() for path in copied)


def test_references_to_source_maps_are_removed(project: Path) -> None:
    copy_vendor_files(project, project / "vendor")
    assert "sourceMappingURL" not in (project / "vendor/@scope/graph@1.2.3/index.js").read_text()


def test_what_is_no_longer_listed_goes_away(project: Path) -> None:
    (project / "vendor" / "old@1").mkdir(parents=True)
    copy_vendor_files(project, project / "vendor")
    assert [path.name for path in (project / "vendor").iterdir()] == ["@scope"]


@pytest.mark.parametrize(
    ("entries", "version", "name", "message"),
    [
        pytest.param(["gone.js"], "1.2.3", "@scope/graph", "the package has no file gone.js", id="no such file"),
        pytest.param(["index.js"], "2.0.0", "@scope/graph", "package.json asks for 2.0.0", id="other version"),
        pytest.param(["index.js"], "1.2.3", "other", "not among the dependencies", id="not a dependency"),
    ],
)
def test_a_mismatch_is_an_error_and_changes_nothing(
    project: Path, entries: list[str], version: str, name: str, message: str
) -> None:
    copy_vendor_files(project, project / "vendor")
    write_manifest(project, entries, version, name)
    with pytest.raises(VendorError, match=message):
        copy_vendor_files(project, project / "vendor")
    assert (project / "vendor/@scope/graph@1.2.3/index.js").is_file()


def test_a_package_that_is_not_installed_is_named(project: Path) -> None:
    (project / "node_modules/@scope/graph/package.json").unlink()
    with pytest.raises(VendorError, match="@scope/graph is not installed. Run: npm ci"):
        copy_vendor_files(project, project / "vendor")
