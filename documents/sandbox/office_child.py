"""Becomes LibreOffice, once it has given up its rights. Started by ``office.py``.

Reads one JSON object from standard input. A file that the document names, on this machine or
elsewhere, is then neither there to be read nor to be fetched.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
from types import SimpleNamespace

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(__file__))))  # noqa: PTH120 - as in child.py

from documents.sandbox import file_rules  # noqa: E402 - the path has to be set first
from documents.sandbox.confinement import limit  # noqa: E402 - see above

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from typing import Any

CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWNET = 0x00020000, 0x10000000, 0x40000000
MS_BIND = 4096
# LibreOffice has its socket there, whatever TMPDIR says.
PLACE = "/tmp"  # noqa: S108 - it is another folder by then
MAKE_SOCKET = 1 << 9
# What a program, its libraries, its fonts and its own settings need.
SYSTEM = (
    *("/usr", "/lib", "/lib64", "/bin", "/opt", "/etc/alternatives"),
    *(
        "/etc/fonts",
        "/var/cache/fontconfig",
        "/etc/libreoffice",
        "/var/lib/libreoffice",
        "/var/spool/libreoffice",
    ),
    *("/etc/ld.so.cache", "/etc/ssl/openssl.cnf", "/etc/localtime", "/etc/nsswitch.conf"),
    *("/etc/papersize", "/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system/cpu"),
)
DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")


def main() -> None:
    """Confine this process and become another program."""
    request = json.load(sys.stdin.buffer)
    limits: Any = SimpleNamespace(**request["limits"])
    folder = request["folder"]
    for number in (1, 2):
        os.dup2(request["words"], number)
    libc = ctypes.CDLL(None, use_errno=True)
    place = PLACE if _leave(libc, folder) else folder
    limit(limits, request["parent"])
    reading = file_rules.READ_FILE | file_rules.READ_FOLDER | file_rules.EXECUTE
    rules = [(path, reading) for path in (*SYSTEM, *request["readable"])]
    rules += [(path, file_rules.READ_FILE | file_rules.WRITE_FILE) for path in DEVICES]
    if place != PLACE:
        rules.append((PLACE, MAKE_SOCKET))
    file_rules.restrict_to(libc, [*rules, (place, file_rules.EVERYTHING)], ())
    os.closerange(3, limits.open_files)
    os.chdir(place)
    arguments = [
        request["program"], "--headless", "--norestore", "--nologo", "--nodefault",
        "--nofirststartwizard", f"-env:UserInstallation=file://{place}/profile",
        "--convert-to", "pdf:writer_pdf_Export", "--outdir", place, f"{place}/document.docx",
    ]  # fmt: skip
    os.execve(arguments[0], arguments, _environment(place))  # noqa: S606 - a program of the system's, nothing given


def _leave(libc: ctypes.CDLL, folder: str) -> bool:
    """Leave the network and other people's temporary files; ``folder`` stands in their place.

    False where a container allows no namespaces: then Landlock alone forbids files and TCP.
    """
    user, group = os.getuid(), os.getgid()
    if libc.unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS) != 0:
        return False
    for name, text in (
        ("uid_map", f"{user} {user} 1"),
        ("setgroups", "deny"),
        ("gid_map", f"{group} {group} 1"),
    ):
        with open(f"/proc/self/{name}", "w") as file:  # noqa: PTH123 - pathlib takes 5 ms to load
            file.write(text)
    if libc.mount(folder.encode(), PLACE.encode(), None, MS_BIND, None) != 0:
        raise OSError(ctypes.get_errno(), "mount")
    return True


def _environment(place: str) -> dict[str, str]:
    return {
        "HOME": place,
        "TMPDIR": place,
        "XDG_RUNTIME_DIR": place,
        "FONTCONFIG_FILE": f"{place}/fonts.conf",
        "LANG": "C.UTF-8",
        "PATH": "/usr/bin:/bin",
        "SAL_USE_VCLPLUGIN": "svp",
    }


if __name__ == "__main__":
    main()
