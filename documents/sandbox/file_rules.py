"""The files that a child may open: what it has to load, to be read. Nothing else on the machine.

Landlock (landlock(7)): a set of rules that a process lays upon itself for good, by the kernel's
version with more or less in it. Descriptors that are open already stay as they are.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Iterable

SANDBOX = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - pathlib takes 5 ms
DOCUMENTS = os.path.dirname(SANDBOX)  # noqa: PTH120 - see above
PROJECT = os.path.dirname(DOCUMENTS)  # noqa: PTH120 - see above

# linux/landlock.h; the numbers of the calls are the same on all machines
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
ASK_FOR_VERSION, PATH_BENEATH = 1, 1
EXECUTE, WRITE_FILE, READ_FILE, READ_FOLDER = 1 << 0, 1 << 1, 1 << 2, 1 << 3
EVERYTHING = -1  # that a version knows, in a folder
# Version: what it can forbid of files, of the network, and of signals and sockets without a path.
RIGHTS = {
    1: ((1 << 13) - 1, 0, 0),
    2: ((1 << 14) - 1, 0, 0),  # and moving between folders
    3: ((1 << 15) - 1, 0, 0),  # and truncating
    4: ((1 << 15) - 1, 3, 0),  # and TCP
    5: ((1 << 16) - 1, 3, 0),  # and devices
    6: ((1 << 16) - 1, 3, 3),  # and what lies outside
}
NOT_THERE = (errno.ENOSYS, errno.EOPNOTSUPP)

# Where shared libraries lie, and what tells the loader about them.
LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache")
# pdfium draws with them what documents do not bring along.
FONTS = ("/usr/share/fonts", "/usr/share/X11/fonts", "/usr/local/share/fonts")
# OpenSSL, which hashes for us, fails to start if it may not look.
SETTINGS = ("/etc/ssl/openssl.cnf", "/etc/pki/tls/openssl.cnf", "/dev/urandom", "/dev/null")


def version(libc: ctypes.CDLL) -> int:
    """The version of Landlock in this kernel; 0 where it has none or it is switched off."""
    told = libc.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), ASK_FOR_VERSION)
    if told >= 0:
        return int(told)
    if ctypes.get_errno() in (*NOT_THERE, errno.EPERM):  # a container's filter says EPERM
        return 0
    raise _failure("asking for Landlock")


def restrict(libc: ctypes.CDLL, passed: Iterable[int]) -> bool:
    """Leave this process only what ``readable`` lists; False where the kernel cannot.

    The files behind the ``passed`` descriptors may be opened again, to be read: qpdf reads a path
    (``/proc/self/fd/…``) five times faster than a file.
    """
    return restrict_to(libc, readable(), passed)


def restrict_to(
    libc: ctypes.CDLL, allowed: Iterable[tuple[str, int]], passed: Iterable[int]
) -> bool:
    """The same for any paths, each with its rights; ``EVERYTHING`` is all that can be forbidden."""
    known = version(libc)
    if known == 0:
        return False
    forbidden = RIGHTS[min(known, max(RIGHTS))]
    handled = struct.pack("QQQ", *forbidden)
    ruleset = libc.syscall(CREATE_RULESET, handled, ctypes.c_size_t(len(handled)), 0)
    if ruleset < 0:
        raise _failure("making rules for files")
    try:
        for path, rights in allowed:
            _allow_path(libc, ruleset, path, forbidden[0] if rights == EVERYTHING else rights)
        for place in passed:
            _allow(libc, ruleset, place, READ_FILE)
        if libc.syscall(RESTRICT_SELF, ruleset, 0) != 0:
            raise _failure("laying rules for files upon this process")
    finally:
        os.close(ruleset)
    return True


def readable() -> list[tuple[str, int]]:
    """What may be read, with all below it. The project's folder may hold secrets and data."""
    modules = [path for path in sys.path if path and os.path.abspath(path) != PROJECT]  # noqa: PTH100 - see above
    engine = [SANDBOX, f"{DOCUMENTS}/watermark", f"{DOCUMENTS}/formats"]
    home = f"{sys.base_prefix}/lib"
    paths = dict.fromkeys((*modules, *engine, home, *LIBRARIES, *FONTS, *SETTINGS))
    return [(path, READ_FILE | READ_FOLDER) for path in paths] + [(DOCUMENTS, READ_FOLDER)]


def _allow_path(libc: ctypes.CDLL, ruleset: int, path: str, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:  # not on this machine
        return
    try:
        if not os.path.isdir(place):  # noqa: PTH112 - a descriptor
            rights &= ~READ_FOLDER
        _allow(libc, ruleset, place, rights)
    finally:
        os.close(place)


def _allow(libc: ctypes.CDLL, ruleset: int, place: int, rights: int) -> None:
    rule = struct.pack("=Qi", rights, place)
    if libc.syscall(ADD_RULE, ruleset, PATH_BENEATH, rule, 0) != 0:
        raise _failure("a rule for files")


def _failure(what: str) -> OSError:
    return OSError(ctypes.get_errno(), what)
