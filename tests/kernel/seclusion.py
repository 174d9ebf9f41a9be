"""A process secluded from the machine: a network and mount namespace of its own and a fresh /run.

Nothing that it makes can meet anything of the machine, and all of it disappears when the process ends.
"""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWNET = 0x20000, 0x10000000, 0x40000000
MS_REC, MS_PRIVATE = 0x4000, 0x40000
_libc = ctypes.CDLL(None, use_errno=True)


def seclude() -> None:
    """For a process of one thread; whoever is not root becomes root inside a user namespace. OSError where refused."""
    user, group = os.geteuid(), os.getegid()
    _require(_libc.unshare(CLONE_NEWNS | CLONE_NEWNET | (CLONE_NEWUSER if user else 0)), "unshare")
    if user:
        Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
        Path("/proc/self/uid_map").write_text(f"0 {user} 1", encoding="ascii")
        Path("/proc/self/gid_map").write_text(f"0 {group} 1", encoding="ascii")
    _require(_libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None), "mount / as private")
    _require(_libc.mount(b"tmpfs", b"/run", b"tmpfs", 0, None), "mount /run")
    Path("/run/netns").mkdir()


def _require(result: int, call: str) -> None:
    if result:
        error = ctypes.get_errno()
        raise OSError(error, f"{call}: {os.strerror(error)}")
