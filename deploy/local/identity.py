"""As whom PostgreSQL runs: it refuses root, which is who one is in containers and in CI.

As root, a user namespace comes first: outside it the server stays root and may reach files below
any directory, inside it believes to be someone else. Where namespaces are forbidden (most
containers), the server runs as ``nobody`` and keeps one capability, so that it can still reach a
checkout below ``/root``. An ordinary user simply runs it.
"""

from __future__ import annotations

import ctypes
import os
import pwd
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from deploy.local.lineage import LINUX, libc
from deploy.local.problems import CannotStart

CLONE_NEWUSER = 0x10000000  # unshare(2)
PR_SET_KEEPCAPS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 8, 47, 2  # prctl(2)
CAPABILITY_VERSION_3, CAP_DAC_OVERRIDE = 0x20080522, 1  # capset(2), capabilities(7)


@dataclass(frozen=True)
class Identity:
    """``assume`` runs in the child before exec; files of the server belong to ``owner``."""

    name: str
    assume: Callable[[], None] | None
    owner: tuple[int, int]

    def own(self, path: Path) -> None:
        """Give a directory and all below it to the owner, unless it is theirs already."""
        if (path.stat().st_uid, path.stat().st_gid) == self.owner:
            return
        for below in path.rglob("*"):
            os.chown(below, *self.owner, follow_symlinks=False)
        os.chown(path, *self.owner)


def server_identity() -> Identity:
    """Return as whom PostgreSQL can run in this process's circumstances."""
    me = (os.geteuid(), os.getegid())
    if me[0] != 0 and _has_name(me[0]):
        return Identity("the present user", None, me)
    if _works(enter_user_namespace):
        return Identity("a user namespace", enter_user_namespace, me)
    if me[0] != 0:
        raise CannotStart(f"user number {me[0]} has no name on this system, which initdb needs.")
    nobody = pwd.getpwnam("nobody")
    return Identity("nobody", become_nobody, (nobody.pw_uid, nobody.pw_gid))


def enter_user_namespace() -> None:
    """Become somebody else in this process's own eyes only (user_namespaces(7))."""
    outside_user, outside_group = os.geteuid(), os.getegid()
    inside = next(entry for entry in pwd.getpwall() if entry.pw_uid != 0)
    if not LINUX or libc.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "no user namespace")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{inside.pw_uid} {outside_user} 1")
    Path("/proc/self/gid_map").write_text(f"{inside.pw_gid} {outside_group} 1")


def become_nobody() -> None:
    """Give up root for good; keep, where possible, only the right to pass file permissions."""
    nobody = pwd.getpwnam("nobody")
    if LINUX:
        libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setgid(nobody.pw_gid)
    os.setuid(nobody.pw_uid)
    if LINUX:
        _keep_only(CAP_DAC_OVERRIDE)


def _keep_only(capability: int) -> None:
    """Reduce to one capability that exec keeps; without a right to it, to none."""
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    # Effective, permitted, inheritable; each in two halves of 32.
    wanted = (ctypes.c_uint32 * 6)(*([1 << capability] * 3), 0, 0, 0)
    if libc.capset(header, wanted) != 0:
        libc.capset(header, (ctypes.c_uint32 * 6)())
        return
    libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0)


def _has_name(user: int) -> bool:
    try:
        return bool(pwd.getpwuid(user).pw_name)
    except KeyError:
        return False


def _works(assume: Callable[[], None]) -> bool:
    """Try in a child of our own, since there is no way back."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            assume()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
