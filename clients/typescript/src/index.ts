// Countermark's API with its types: a small layer over openapi-fetch.
import createClient, { type Client } from "openapi-fetch";
import type { components, paths } from "./schema.js";

export type { components, operations, paths } from "./schema.js";
export type Schemas = components["schemas"];
export type Document = Schemas["Document"];
export type Job = Schemas["Job"];
export type Problem = Schemas["Problem"] | Schemas["ValidationProblem"];
export type MarkRequest = Schemas["MarkRequest"];
export type WatermarkConfig = Schemas["WatermarkConfig"];
export type Countermark = Client<paths>;

export interface Options {
  /** Where the server is, such as `https://countermark.example`. */
  baseUrl: string;
  /** An API key, or an access token. */
  key: string;
  /** How often a request is sent again that found the server busy; 3, unless said. */
  retries?: number;
  fetch?: typeof fetch;
}

/** Return a client: `client.GET("/api/v1/jobs/", …)` and so on, each with its types. */
export function createCountermark(options: Options): Countermark {
  return createClient<paths>({
    baseUrl: options.baseUrl,
    headers: { Authorization: `Bearer ${options.key}` },
    fetch: patient(options.fetch ?? fetch, options.retries ?? 3),
    bodySerializer: (body: unknown) =>
      body && typeof body === "object" && hasFile(body) ? formOf(body) : JSON.stringify(body),
  });
}

/** Return the job once it has ended; `signal` ends the waiting. */
export async function waitForJob(
  client: Countermark,
  jobId: string,
  { signal, pauseMs = 1000 }: { signal?: AbortSignal; pauseMs?: number } = {},
): Promise<Job> {
  for (;;) {
    const { data, error } = await client.GET("/api/v1/jobs/{job_id}/", {
      params: { path: { job_id: jobId } },
      ...(signal ? { signal } : {}),
    });
    if (!data) throw new CountermarkError(error as Problem);
    if (data.state !== "queued" && data.state !== "running") return data;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/** A refusal, for those who would rather catch it. */
export class CountermarkError extends Error {
  constructor(readonly problem: Problem) {
    super(`${problem.type}: ${JSON.stringify(problem.detail)} (request ${problem.request_id})`);
  }
}

function hasFile(body: object): boolean {
  return Object.values(body).flat().some((value) => value instanceof Blob);
}

/** A form's fields: files as they are, lists repeated, other objects as JSON. */
function formOf(body: object): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(body)) {
    const items: unknown[] = Array.isArray(value) && hasFile(value) ? value : [value];
    for (const item of items) {
      if (item === undefined) continue;
      if (item instanceof Blob) form.append(name, item, fileName(item));
      else form.append(name, typeof item === "object" ? JSON.stringify(item) : String(item));
    }
  }
  return form;
}

function fileName(file: Blob): string {
  return "name" in file && typeof file.name === "string" ? file.name : "document.pdf";
}

/** Send again what a busy server has refused, as late as it asks; it has done nothing by then. */
function patient(send: typeof fetch, retries: number): (request: Request) => Promise<Response> {
  return async (request) => {
    for (let left = retries; ; left -= 1) {
      const answer = await send(request.clone());
      if (left <= 0 || (answer.status !== 429 && answer.status !== 503)) return answer;
      const seconds = Number(answer.headers.get("Retry-After") ?? 1);
      if (!(seconds <= 60)) return answer;
      await answer.body?.cancel();
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    }
  };
}
