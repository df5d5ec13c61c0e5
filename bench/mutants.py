"""Break the product on purpose, one line at a time, and see whether the tests and scenarios notice.

    python bench/mutants.py               # all
    python bench/mutants.py "no token"    # those whose name contains this

Works on a copy of the checkout. First the checks must pass as the code is; then each mutant must
make its own checks fail, as failed tests or a broken promise, not as a program that does not start.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
FAILED_TESTS = 1  # pytest's exit code; a collection that breaks has another
CRASHED = "the scenario itself failed"
SECONDS = 600  # for the checks of one mutant
BASELINE_SECONDS = 2400  # for those of all, on a machine with other work


@dataclass(frozen=True)
class Mutant:
    """``changes``: (file, what stands there once, what stands there instead); ``checks``: tests."""

    name: str
    changes: tuple[tuple[str, str, str], ...]
    checks: tuple[str, ...] = ()
    scenario: str = ""

    def commands(self) -> list[list[str]]:
        """Return the command lines of the checks."""
        lines = []
        if self.checks:
            lines.append([sys.executable, "-m", "pytest", "-n0", "-q", "-x", *self.checks])
        if self.scenario:
            lines.append([sys.executable, "-m", "bench.chaos", "--short", *self.scenario.split()])
        return lines


ENDINGS = "documents/processing/endings.py"
GROWING = "documents/storage/resumable.py"
QUOTA = "billing/services/quota.py"

MUTANTS = (
    Mutant(
        "no token where a lease ends",
        (
            (
                ENDINGS,
                "Job.objects.filter(pk=job.pk, lease_token=job.lease_token, state=",
                "Job.objects.filter(pk=job.pk, state=",
            ),
        ),
        ("documents/tests/test_processing.py",),
        "kill_workers --seed 11",
    ),
    Mutant(
        "usage outside of the transaction",
        (
            (
                ENDINGS,
                "        record_usage(\n            tenant_id=job.tenant_id,",
                "        use_later(\n            tenant_id=job.tenant_id,",
            ),
            (
                ENDINGS,
                "def fail(job: Job, failure",
                "def use_later(**use: Any) -> None:\n    def used() -> None:\n"
                "        with transaction.atomic():\n            record_usage(**use)\n\n"
                "    transaction.on_commit(used)\n\n\ndef fail(job: Job, failure",
            ),
        ),
        ("documents/tests/test_processing.py",),
    ),
    Mutant(
        "a look before the change of the quota",
        (
            (
                QUOTA,
                "    for unit in _UNITS\n)\n_AFFORDED",
                "    for unit in _UNITS[1:]\n)\n_AFFORDED",
            ),
            (
                QUOTA,
                '    given: dict[str, Any] = {\n        "tenant"',
                "    require_room(tenant_id=tenant_id)\n"
                '    given: dict[str, Any] = {\n        "tenant"',
            ),
        ),
        ("billing/tests/test_quota.py",),
        "quota_race --seed 5",
    ),
    Mutant(
        "an outcome without its lease",
        (
            (
                "accounts/webhooks/endings.py",
                "        lease_token=delivery.lease_token,\n        state=",
                "        state=",
            ),
        ),
        ("accounts/tests/webhooks/test_sending.py",),
    ),
    Mutant(
        "a webhook to any address",
        (("accounts/outgoing/transport.py", "    if not is_public(address):", "    if False:"),),
        ("accounts/tests/outgoing/test_networks.py",),
        "webhooks --seed 3",
    ),
    Mutant(
        "a name that is looked up again",
        (
            (
                "accounts/outgoing/transport.py",
                "super().connect_tcp(address, port, wait)",
                "super().connect_tcp(host, port, wait)",
            ),
        ),
        ("accounts/tests/outgoing",),
    ),
    Mutant(
        "a delivery that is made twice",
        (
            (
                "accounts/webhooks/publishing.py",
                "WHERE published_at IS NULL ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED",
                "WHERE published_at IS NULL ORDER BY id LIMIT %(limit)s",
            ),
        ),
        ("accounts/tests/webhooks/test_publishing.py",),
    ),
    Mutant(
        "a related document of anybody",
        (
            (
                "documents/queries.py",
                "    documents = Document.objects.visible_to(principal).select_related",
                "    documents = Document.objects.select_related",
            ),
        ),
        (
            "documents/tests/isolation/test_operations.py"
            "::test_what_is_read_does_not_depend_on_others",
        ),
    ),
    Mutant(
        "walls that their owner passes",
        (
            (
                "config/database/operations.py",
                '            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY; "\n',
                "",
            ),
        ),
        ("config/tests/test_walls.py",),
    ),
    Mutant(
        "progress without the state as it is",
        (
            (
                "documents/consumers.py",
                "for _, snapshot in await in_thread(read_watched, [self.watched]):",
                "for _, snapshot in ():",
            ),
        ),
        ("documents/tests/test_consumers.py",),
    ),
    Mutant(
        "a repeated request without its lock",
        (
            (
                "accounts/services/idempotency.py",
                "            if cursor.fetchone()[0]:",
                "            if cursor.fetchone():",
            ),
        ),
        ("accounts/tests/test_idempotency.py", "documents/tests/api/test_idempotency.py"),
    ),
    Mutant(
        "any number of uploads at once",
        (("config/wire/places.py", ">= at_most", ">= at_most * 1000"),),
        ("documents/tests/test_upload_lane.py",),
    ),
    Mutant(
        "the row of a document before its bytes",
        (
            (
                "documents/services/documents.py",
                "        for document, staged in pairs:\n            blob = _blob_of(document)\n",
                "        with transaction.atomic():\n"
                "            _write_rows([document for document, _ in pairs])\n"
                "        for document, staged in pairs:\n            blob = _blob_of(document)\n",
            ),
        ),
        ("documents/tests/test_document_services.py",),
    ),
    Mutant(
        "a resumable upload has two writers",
        ((GROWING, "fcntl.LOCK_EX | fcntl.LOCK_NB", "fcntl.LOCK_SH | fcntl.LOCK_NB"),),
        ("documents/tests/storage/test_resumable.py",),
    ),
    Mutant(
        "unverified bytes of a resumable upload count after a crash",
        ((GROWING, "_guarded_from = _unverified_from(self._path)", "_guarded_from = None"),),
        ("documents/tests/storage/test_resumable.py",),
    ),
    Mutant(
        "bytes of a resumable upload may begin anywhere",
        (
            (
                "documents/upload_lane/resumable.py",
                "if file.size_bytes != admitted.offset:",
                "if file.size_bytes < 0:",
            ),
        ),
        ("documents/tests/test_resumable_lane.py::test_continuations_that_are_refused",),
    ),
    Mutant(
        "a resumable upload is lost with the document it becomes",
        (
            (
                GROWING,
                "staged.hardlink_to(self.path(upload_id))",
                "self.path(upload_id).rename(staged)",
            ),
        ),
        ("documents/tests/test_upload_services.py",),
    ),
)


def apply(mutant: Mutant, tree: Path) -> None:
    """Change the copy; ValueError when the code has moved on from under the mutant."""
    for name, old, new in mutant.changes:
        text = (tree / name).read_text(encoding="utf-8")
        if text.count(old) != 1:
            raise ValueError(f"{mutant.name}: {text.count(old)} × {old!r} in {name}")
        (tree / name).write_text(text.replace(old, new), encoding="utf-8")


def restore(mutant: Mutant, tree: Path) -> None:
    """Bring back what stands in the checkout."""
    for name, _, _ in mutant.changes:
        shutil.copyfile(ROOT / name, tree / name)


def copy_checkout(tree: Path) -> None:
    """Copy what Git knows or would take, and lend the environment."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name)
    (tree / "staticfiles").symlink_to(ROOT / "staticfiles")


def outcome(command: list[str], tree: Path, *, seconds: float = SECONDS) -> tuple[int, str]:
    """Run one check in the copy; return its exit code and the end of what it said."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        command, cwd=tree, env=environment, capture_output=True, text=True, timeout=seconds
    )
    return done.returncode, (done.stdout + done.stderr)[-3000:]


def hunt(mutant: Mutant, tree: Path) -> bool:
    """Return whether each of the mutant's checks fails; print a line for each."""
    apply(mutant, tree)
    try:
        found = True
        for command in mutant.commands():
            began_at = time.monotonic()
            code, said = outcome(command, tree)
            noticed = code == FAILED_TESTS and CRASHED not in said
            found &= noticed
            word = "noticed " if noticed else "SURVIVED"
            by = " ".join(command[2:])
            print(f"{word} {mutant.name:40} {time.monotonic() - began_at:4.0f} s  {by}", flush=True)
            if not noticed:
                print(said, flush=True)
        return found
    finally:
        restore(mutant, tree)


def main() -> int:
    """Read the command line; exit 1 when a mutant survives or the code as it is fails."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", nargs="?", default="", help="only mutants with this in their name")
    parser.add_argument("--no-baseline", action="store_true", help="trust the code as it is")
    chosen = parser.parse_args()
    mutants = [mutant for mutant in MUTANTS if chosen.name in mutant.name]
    with tempfile.TemporaryDirectory(prefix="countermark-mutants-") as name:
        tree = Path(name)
        copy_checkout(tree)
        if not chosen.no_baseline:
            checks = sorted({check for mutant in mutants for check in mutant.checks})
            command = [sys.executable, "-m", "pytest", "-n", "2", "-q", *checks]
            code, said = outcome(command, tree, seconds=BASELINE_SECONDS)
            print(f"as it is: {'all pass' if code == 0 else said}", flush=True)
            if code:
                return 1
        survivors = [mutant.name for mutant in mutants if not hunt(mutant, tree)]
    print(f"{len(mutants)} mutants, {len(survivors)} not noticed", flush=True)
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
