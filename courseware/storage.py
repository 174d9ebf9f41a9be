"""Static files in production: hashed names, compressed, and the browser libraries left as they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.staticfiles.storage import HashedFilesMixin
from whitenoise.storage import CompressedManifestStaticFilesStorage

VENDOR_PREFIX = "vendor/"


class ManifestStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Hashes file names and rewrites the ES module imports of our own scripts, which are under js/.

    Files under vendor/ already carry their version in the path (vendor/NAME@VERSION/...), so they keep their names. In
    other people's scripts Django's import rewriting would misread comments, so it leaves them alone.
    """

    support_js_module_import_aggregation = True
    _js_module_import_aggregation_patterns = (
        "js/*.js",
        HashedFilesMixin._js_module_import_aggregation_patterns[1],  # type: ignore[attr-defined]
    )

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
        yield from super().post_process(own, dry_run=dry_run, **options)
        if not dry_run:
            for name, compressed in self.compress_files(paths.keys() - own.keys()):
                yield name, compressed, True
