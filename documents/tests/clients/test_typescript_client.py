"""The TypeScript client: of this version, typed, and it speaks to the server."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from accounts.tests.cast import Person
from config import __version__
from config.tests.conformance import operations
from config.tests.serving import Serving
from documents.tests.clients.typescript_client import HOME, needs_node, typescript_client
from documents.tests.conftest import Queue
from documents.tests.guides.programs import Program, programs_of
from documents.tests.guides.stage import run_program, set_stage
from documents.tests.test_worker import worker

pytestmark = pytest.mark.long
USES = """
import { createCountermark, type Job, type WatermarkConfig } from "countermark-client";
const client = createCountermark({ baseUrl: "https://countermark.example", key: "k" });
export const config: WatermarkConfig = { watermark_text: "x", position: "tile" };
// @ts-expect-error there is no such place
export const wrong: WatermarkConfig = { watermark_text: "x", position: "nowhere" };
export async function percent(id: string): Promise<number> {
  const { data, error } = await client.GET("/api/v1/jobs/{job_id}/", {
    params: { path: { job_id: id } },
  });
  if (error) throw new Error(error.type);
  const job: Job = data;
  return job.progress.percent;
}
// @ts-expect-error the path needs an id
void client.GET("/api/v1/jobs/{job_id}/");
// @ts-expect-error there is no such operation
void client.GET("/api/v1/nothing/");
void client.POST("/api/v1/documents/", { body: { file: new Blob(["%PDF"]), title: "Offer" } });
"""
REFUSED = """
import { createCountermark } from "countermark-client";
const client = createCountermark({ baseUrl: "https://countermark.example", key: "cm_live_no" });
const { data, error, response } = await client.GET("/api/v1/jobs/");
if (data || response.status !== 401) throw new Error(response.status);
if (error.type !== "invalid_api_key") throw new Error(error.type);
"""


def test_its_version_is_the_products() -> None:
    for name in ("package.json", "package-lock.json"):
        assert json.loads((HOME / name).read_text())["version"] == __version__


@needs_node
def test_every_operation_has_types() -> None:
    written = (typescript_client() / "src" / "schema.ts").read_text()
    assert all(f"    {one['operationId']}: {{" in written for _, _, one in operations())


@needs_node
def test_mistakes_do_not_compile(tmp_path: Path) -> None:
    home = typescript_client()
    options = json.loads((home / "tsconfig.json").read_text())["compilerOptions"]
    options |= {"rootDir": str(tmp_path), "noEmit": True}
    (tmp_path / "tsconfig.json").write_text(json.dumps({"compilerOptions": options}))
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "uses.ts").write_text(USES)
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules/countermark-client").symlink_to(home)
    tsc = (str(home / "node_modules/.bin/tsc"), "--project", str(tmp_path))
    done = subprocess.run(tsc, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.long
@needs_node
@pytest.mark.django_db(transaction=True)
def test_its_readme(live: Serving, owner: Person, queue: Queue, tmp_path: Path) -> None:
    program = programs_of("clients/typescript/README", (HOME / "README.md").read_text())["js"]
    stage = set_stage(tenant=owner.tenant, url=live.url, directory=tmp_path)
    with worker():
        run_program(program, stage)
    run_program(Program("refusals", "js", [REFUSED]), stage)
