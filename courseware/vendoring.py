"""Copies the browser libraries' files that pages use from node_modules into a folder that is served.

package.json says which: its key `vendor` lists, for each dependency, the files to serve. The ES modules that those
import, and the licenses, come along. Each package lands in NAME@VERSION/, so that its files may be cached for ever.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

MODULE_SUFFIXES = (".js", ".mjs")
RELATIVE_IMPORT = re.compile(r"""(?:\bfrom|\bimport)\s*\(?\s*["'](\.{1,2}/[^"']+)["']""")
SOURCE_MAP = re.compile(rb"^(?://#|/\*#)\s*sourceMappingURL=.*$", re.MULTILINE)


class VendorError(Exception):
    """package.json and node_modules do not fit together; the message names the package and the file."""


def copy_vendor_files(project: Path, destination: Path) -> tuple[Path, ...]:
    """Replaces destination by the files that project/package.json lists. Returns the paths, relative to destination.

    Raises VendorError when a package or a file is missing or has another version than package.json asks for; then
    destination is left as it was.
    """
    manifest = json.loads((project / "package.json").read_text(encoding="utf-8"))
    files: dict[Path, Path] = {}
    for package, entries in manifest["vendor"].items():
        version = manifest["dependencies"].get(package)
        source = installed_package(project / "node_modules" / package, package, version)
        for relative in sorted(served_files(source, package, entries)):
            files[Path(f"{package}@{version}") / relative] = source / relative
    fresh = destination.with_name(f"{destination.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    for target, origin in files.items():
        copy_without_source_map(origin, fresh / target)
    shutil.rmtree(destination, ignore_errors=True)
    fresh.rename(destination)
    return tuple(files)


def installed_package(folder: Path, package: str, version: str | None) -> Path:
    if version is None:
        raise VendorError(f"package.json: vendor.{package}: is not among the dependencies.")
    try:
        installed = json.loads((folder / "package.json").read_text(encoding="utf-8"))["version"]
    except FileNotFoundError:
        raise VendorError(f"{folder}: {package} is not installed. Run: npm ci --ignore-scripts") from None
    if installed != version:
        raise VendorError(f"{folder}: holds {package} {installed}, package.json asks for {version}. Run: npm ci")
    return folder


def served_files(package_dir: Path, package: str, entries: list[str]) -> set[Path]:
    """The listed files, the modules that they import by relative paths, and the package's licenses."""
    waiting = [Path(entry) for entry in entries]
    found: set[Path] = set()
    while waiting:
        relative = waiting.pop()
        if relative in found:
            continue
        if not (package_dir / relative).is_file():
            raise VendorError(f"package.json: vendor.{package}: the package has no file {relative}.")
        found.add(relative)
        waiting.extend(imported_modules(package_dir, relative))
    return found | {path.relative_to(package_dir) for path in package_dir.glob("LICENSE*")}


def imported_modules(package_dir: Path, relative: Path) -> Iterator[Path]:
    if relative.suffix not in MODULE_SUFFIXES:
        return
    root = package_dir.resolve()
    for target in RELATIVE_IMPORT.findall((package_dir / relative).read_text(encoding="utf-8")):
        yield (root / relative.parent / target).resolve().relative_to(root)


def copy_without_source_map(origin: Path, target: Path) -> None:
    """Source maps are not served, and a reference to one that is missing stops `collectstatic`."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if origin.suffix in (*MODULE_SUFFIXES, ".css"):
        target.write_bytes(SOURCE_MAP.sub(b"", origin.read_bytes()))
    else:
        shutil.copyfile(origin, target)
