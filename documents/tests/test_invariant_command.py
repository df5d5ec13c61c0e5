"""The command that looks at the invariants, and what it sees of stored bytes."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.tests.cast import Person
from config import invariants
from config.invariants import Invariant, Look, by_query, known_invariants
from documents.models import Blob, Job
from documents.storage import blob_store
from documents.tests.factories import make_blob, make_document, make_job
from documents.tests.lived_in import world  # noqa: F401 - a fixture
from documents.tests.spoiling import broken, spoilt
from documents.tests.test_invariants import SPOILERS

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("blob_dir", "queue", "world")]


class TestBytes:
    def copy_of(self, owner: Person) -> Path:
        job = Job.objects.get(tenant=owner.tenant, state="succeeded")
        assert job.result_id
        return blob_store().path(job.result_id)  # type: ignore[attr-defined] # the local store

    def test_changed_ones_are_seen_when_they_are_read(self, owner: Person) -> None:
        path = self.copy_of(owner)
        whole = path.read_bytes()
        path.write_bytes(whole[:-1] + b"!")
        assert broken() == {}
        (breach,) = broken(Look(read_bytes=True))["blob_has_bytes"]
        assert "SHA-256" in breach.detail
        os.truncate(path, len(whole) - 1)
        (breach,) = broken()["blob_has_bytes"]
        assert f"{len(whole) - 1} bytes are stored" in breach.detail

    def test_lost_ones_are_seen(self, owner: Person) -> None:
        self.copy_of(owner).unlink()
        (breach,) = broken()["blob_has_bytes"]
        assert breach.detail == "no bytes are stored"

    def test_young_ones_without_a_row_may_be_on_their_way(self, owner: Person) -> None:
        Blob.objects.filter(pk=make_blob(owner.tenant, b"x").pk).delete()
        assert broken() == {}


class TestCommand:
    def run(self, *arguments: str) -> tuple[int, str]:
        out = io.StringIO()
        try:
            call_command("check_invariants", *arguments, stdout=out)
        except SystemExit as end:
            return int(str(end.code)), out.getvalue()
        return 0, out.getvalue()

    def test_says_that_all_hold(self) -> None:
        status, text = self.run("--read-bytes")
        assert status == 0
        assert text.endswith(f"{len(known_invariants())} invariants, 0 broken, 0 not checked\n")

    def test_names_what_is_broken_and_ends_with_1(self) -> None:
        sql, _ = SPOILERS["a lease that nobody ended"]
        with spoilt(sql):
            status, text = self.run()
            assert (status, text.count("broken    job_lease")) == (1, 1)
            assert "    job:" in text
            status, text = self.run("--json")
        answer = json.loads(text)
        assert (status, answer["held"]) == (1, False)
        (found,) = (each for each in answer["invariants"] if each["status"] == "broken")
        assert (found["name"], found["count"]) == ("job_lease", 2)
        assert found["examples"][0]["subject"].startswith("job:")

    def test_counts_all_and_shows_some(self, owner: Person) -> None:
        for _ in range(3):
            make_job(make_document(owner.tenant))  # past the services, so that nobody was told
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(invariants, "EXAMPLES", 2)
            _, text = self.run("job_start_told", "--json")
        (found,) = json.loads(text)["invariants"]
        assert (found["count"], len(found["examples"])) == (3, 2)

    def test_what_cannot_be_looked_at_is_said_and_hides_nothing(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def of_the_room() -> list[Invariant]:
            held = by_query("held", "Nothing.", "SELECT 1, 2 WHERE false")
            return [by_query("mistaken", "A mistake.", "SELECT nonsense"), held]

        monkeypatch.setattr(invariants, "known_invariants", of_the_room)
        status, text = self.run()
        assert status == 2
        assert "unchecked mistaken" in text and "held      held" in text

    def test_unknown_names_are_mistakes(self) -> None:
        with pytest.raises(CommandError, match="no_such"):
            self.run("no_such")

    def test_lists_what_there_is(self) -> None:
        _, text = self.run("--list")
        assert "FROM documents_job" in text
        assert all(invariant.name in text for invariant in known_invariants())


def test_two_of_one_name_are_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    from documents import invariants as room

    monkeypatch.setattr(room, "INVARIANTS", [*room.INVARIANTS, room.INVARIANTS[0]])
    with pytest.raises(ValueError, match="same name"):
        known_invariants()
