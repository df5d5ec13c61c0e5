"""A real file system of a few megabytes for one process, made without any privilege.

``python -m documents.tests.small_disk DIRECTORY SIZE_BYTES INODES command …`` runs the command
where DIRECTORY is such a file system: in a user and a mount namespace of its own
(user_namespaces(7), tmpfs(5)). ``python -m documents.tests.small_disk --beside PID command …``
runs another one on the same file system.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from documents.storage import LocalBlobStore
from documents.tests.processes import running, wait_until

CLONE_NEWNS, CLONE_NEWUSER = 0x00020000, 0x10000000
MODULE = "documents.tests.small_disk"
libc = ctypes.CDLL(None, use_errno=True)


class SmallDisk:
    """What the process ``pid`` sees at ``directory``, looked at from outside."""

    def __init__(self, pid: int, directory: Path) -> None:
        self.pid = pid
        self.directory = directory
        self.root = Path(f"/proc/{pid}/root") / directory.relative_to("/")
        self._ballast = self.root / "ballast"

    def files(self) -> list[Path]:
        """Return everything that lies there, but the ballast."""
        found = (path for path in self.root.rglob("*") if path.is_file())
        return [path for path in found if path != self._ballast]

    def blobs(self) -> LocalBlobStore:
        """Return the store there, as the process sees it."""
        return LocalBlobStore(self.root / "blobs")

    def fill(self, *, but_bytes: int = 0) -> None:
        """Leave room for ``but_bytes`` only."""
        free = shutil.disk_usage(self.root).free - but_bytes
        with self._ballast.open("ab") as file:
            os.posix_fallocate(file.fileno(), file.tell(), free)

    def make_room(self) -> None:
        """Take the ballast away."""
        self._ballast.unlink()

    def beside(self, *command: str) -> tuple[str, ...]:
        """Return the arguments of a process that is to see the same."""
        return ("-m", MODULE, "--beside", str(self.pid), *command)


@contextmanager
def running_on_small_disk(
    directory: Path, size_bytes: int, *command: str, inodes: int = 10_000, **changes: str
) -> Iterator[SmallDisk]:
    """Run ``python *command`` with a file system of that size at ``directory``."""
    directory.mkdir(exist_ok=True)
    arguments = (str(directory), str(size_bytes), str(inodes), *command)
    with running("-m", MODULE, *arguments, **changes) as process:
        disk = SmallDisk(process.pid, directory)

        def is_mounted() -> bool:
            assert process.poll() is None, "The process ended."
            return shutil.disk_usage(disk.root).total == size_bytes

        wait_until(is_mounted)
        yield disk


def is_possible() -> bool:
    """Whether this machine lets us: some containers forbid it."""
    command = (sys.executable, "-m", MODULE, "/proc", "4096", "10", "-c", "")
    return subprocess.run(command, capture_output=True).returncode == 0


def _make(directory: str, size_bytes: str, inodes: str) -> None:
    user, group = os.geteuid(), os.getegid()
    _check(libc.unshare(CLONE_NEWUSER | CLONE_NEWNS))
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"0 {user} 1")
    Path("/proc/self/gid_map").write_text(f"0 {group} 1")
    options = f"size={size_bytes},nr_inodes={inodes}".encode()
    _check(libc.mount(b"none", directory.encode(), b"tmpfs", 0, options))


def _join(pid: str) -> None:
    for kind in ("user", "mnt"):
        descriptor = os.open(f"/proc/{pid}/ns/{kind}", os.O_RDONLY)
        _check(libc.setns(descriptor, 0))
        os.close(descriptor)


def _check(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


if __name__ == "__main__":
    here = Path.cwd()
    if sys.argv[1] == "--beside":
        _join(sys.argv[2])
        rest = sys.argv[3:]
    else:
        _make(*sys.argv[1:4])
        rest = sys.argv[4:]
    os.chdir(here)
    os.execv(sys.executable, (sys.executable, *rest))  # noqa: S606 - the test's own command
