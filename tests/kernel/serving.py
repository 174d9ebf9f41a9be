"""The process that owns the namespaces: does what ``lab.Lab`` asks over a socket.

It is started with a network and mount namespace of its own and a fresh /run, so nothing that it makes can meet
anything of the machine, and all of it disappears when the process ends.
"""

from __future__ import annotations

import sys
import traceback
from multiprocessing.connection import Connection

from tests.kernel.laboratory import Laboratory


def main(connection: Connection) -> None:
    """Answer (command, argument…) with ("done", result) or ("failed", traceback) until the other side closes."""
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


if __name__ == "__main__":
    main(Connection(int(sys.argv[1])))
