"""The process that owns the namespaces: does what ``lab.Lab`` asks over a connection."""

from __future__ import annotations

import os
import traceback
from multiprocessing.connection import Connection

from tests.kernel.laboratory import Laboratory
from tests.kernel.seclusion import seclude


def serve(connection: Connection, search_path: str) -> None:
    """Answer (command, argument…) with ("done", result) or ("failed", traceback) until the other side closes."""
    os.environ["PATH"] = search_path
    seclude()
    laboratory: Laboratory | None = None
    while True:
        try:
            command, *arguments = connection.recv()
        except EOFError:
            return
        try:
            if command == "build":
                laboratory = Laboratory(*arguments)
                result: object = None
            elif laboratory is None:
                raise RuntimeError(f"{command} before build")
            else:
                result = laboratory.send(*arguments)
            connection.send(("done", result))
        except Exception:  # noqa: BLE001  # the caller raises it again with this text
            connection.send(("failed", traceback.format_exc()))
