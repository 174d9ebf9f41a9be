"""Static files in production: hashed names, compressed, and the browser libraries left as they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage

VENDOR_PREFIX = "vendor/"


class ManifestStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Hashes our own files and rewrites their ES module imports.

    Files under vendor/ already carry their version in the path (vendor/NAME@VERSION/...) and their sources contain text
    that Django's import rewriting would misread, so they keep their names.
    """

    support_js_module_import_aggregation = True

    def hashed_name(self, name: str, content: Any = None, filename: str | None = None) -> str:
        if name.startswith(VENDOR_PREFIX):
            return name
        return super().hashed_name(name, content, filename)

    def stored_name(self, name: str) -> str:
        if name.startswith(VENDOR_PREFIX):
            return name
        return super().stored_name(name)

    def post_process(
        self, paths: dict[str, Any], dry_run: bool = False, **options: Any
    ) -> Iterator[tuple[str, str, bool]]:
        own = {name: path for name, path in paths.items() if not name.startswith(VENDOR_PREFIX)}
        yield from super().post_process(own, dry_run, **options)
