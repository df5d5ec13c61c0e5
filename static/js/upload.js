// Turns the plain upload form into a queue: drop files or folders, one bar a file. Small files go in
// one request; large ones in pieces that survive a lost connection, a pause and a closed page (tus).
const AT_ONCE = 3;
const LARGE_BYTES = 16 * 1024 * 1024;
const PIECE_BYTES = 8 * 1024 * 1024;
const PAUSES = [0, 1000, 2000, 3000, 5000, 5000, 10000, 10000, 10000];
const form = document.querySelector("form[data-upload]");
const input = form.querySelector("input[type=file]");
const zone = form.querySelector("[data-drop]");
const list = document.querySelector("[data-upload-list]");
const together = document.querySelector("[data-together]");
const template = document.getElementById("upload-item");
const maxBytes = Number(form.dataset.maxBytes);
const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
const endings = input.accept.split(",").filter((each) => each.startsWith("."));
const waiting = [];
const active = new Set();
let done = 0;

function announce(detail) {
  document.dispatchEvent(new CustomEvent("announce", { detail }));
}

function size(bytes) {
  const units = ["bytes", "KB", "MB", "GB", "TB"];
  const step = Math.min(Math.floor(Math.log2(bytes || 1) / 10), units.length - 1);
  return `${(bytes / 1024 ** step).toFixed(1).replace(".0", "")} ${units[step]}`;
}

// By the first bytes, as the server does it more thoroughly: PDF, PNG, JPEG, ZIP (Word), or text.
function mayBeTaken(head) {
  const start = String.fromCharCode(...head);
  const known = ["\x89PNG", "\xff\xd8\xff", "PK\x03\x04", "\xff\xfe", "\xfe\xff"];
  if (start.includes("%PDF-") || known.some((sign) => start.startsWith(sign))) return true;
  return !/[\x00-\x08\x0e-\x1f]/.test(start);
}

class Upload {
  constructor(file) {
    this.file = file;
    // A retry is the same request: should the first have arrived after all, nothing doubles.
    this.key = [...crypto.getRandomValues(new Uint32Array(4))].map((n) => n.toString(36)).join("-");
    this.row = template.content.firstElementChild.cloneNode(true);
    this.part("name").textContent = file.name;
    this.part("bar").setAttribute("aria-label", `Upload of ${file.name}`);
    this.part("retry").addEventListener("click", () => this.enqueue());
    this.part("stop").addEventListener("click", () => this.stop());
    this.part("pause").addEventListener("click", () => this.pause());
    list.append(this.row);
    list.hidden = false;
    this.check();
  }

  part(name) { return this.row.querySelector(`[data-part=${name}]`); }

  // What the server would refuse anyway is refused before a long way, without a retry.
  async check() {
    const problem = await this.problem();
    if (!problem) return this.enqueue();
    this.part("retry").remove();
    this.fail(problem);
  }

  async problem() {
    if (this.file.size === 0) return "This file is empty.";
    if (this.file.size > maxBytes) {
      return `Too large: ${size(this.file.size)}, the limit is ${form.dataset.maxText}.`;
    }
    try {
      const head = new Uint8Array(await this.file.slice(0, 1024).arrayBuffer());
      return mayBeTaken(head) ? "" : `This file is of another kind. Send ${form.dataset.kinds}.`;
    } catch {
      return "This file cannot be read. Was it moved?";
    }
  }

  show(state, text) {
    this.row.dataset.state = state;
    this.part("text").textContent = text;
    const busy = ["waiting", "sending", "paused"].includes(state);
    this.part("bar").hidden = !busy;
    this.part("stop").hidden = !busy;
    this.part("pause").hidden = !(state === "sending" && this.pieces) && state !== "paused";
    this.part("pause").textContent = state === "paused" ? "Resume" : "Pause";
    if (this.part("retry")) this.part("retry").hidden = state !== "failed";
  }

  fail(reason) {
    this.show("failed", reason);
    announce(`${this.file.name} was not uploaded. ${reason}`);
  }

  enqueue() {
    this.part("bar").value = 0;
    this.show("waiting", `${size(this.file.size)}, waiting`);
    waiting.push(this);
    next();
  }

  stop() {
    this.request?.abort();
    this.pieces?.abort(true); // what has arrived is thrown away
    this.pieces = null;
    this.leave();
    if (waiting.includes(this)) waiting.splice(waiting.indexOf(this), 1);
    this.fail("Stopped.");
    this.part("retry")?.focus();
  }

  pause() {
    if (this.row.dataset.state === "paused") return this.enqueue();
    this.pieces.abort();
    this.show("paused", `Paused at ${size(this.sent)} of ${size(this.file.size)}`);
    this.leave();
  }

  leave() {
    if (active.delete(this)) next();
  }

  send() {
    active.add(this);
    this.meter = new Meter();
    this.show("sending", `0 of ${size(this.file.size)}`);
    if (this.file.size < LARGE_BYTES) return this.sendWhole();
    this.sendInPieces().catch(() => this.failed("The connection was lost. Please retry."));
  }

  sendWhole() {
    const body = new FormData();
    body.append("file", this.file, this.file.name);
    this.ask(body).upload.addEventListener("progress", (event) => this.progress(event.loaded));
  }

  ask(body, type) {
    const request = (this.request = new XMLHttpRequest());
    request.open("POST", form.dataset.api);
    request.setRequestHeader("X-CSRFToken", token);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Idempotency-Key", this.key);
    if (type) request.setRequestHeader("Content-Type", type);
    request.addEventListener("load", () => this.answered(request));
    request.addEventListener("error", () => this.failed("The connection was lost. Please retry."));
    request.addEventListener("loadend", () => this.leave());
    request.send(body);
    return request;
  }

  async sendInPieces() {
    const { Upload: Pieces } = await tus();
    this.pieces ??= new Pieces(this.file, {
      endpoint: form.dataset.pieces,
      headers: { "X-CSRFToken": token },
      chunkSize: PIECE_BYTES,
      retryDelays: PAUSES,
      metadata: { filename: this.file.name, filetype: this.file.type },
      removeFingerprintOnSuccess: true,
      // Another workspace has begun its own.
      fingerprint: async ({ name, size: bytes, lastModified }) =>
        ["countermark", form.dataset.workspace, name, bytes, lastModified].join("-"),
      onProgress: (sent) => this.progress(sent),
      onError: (error) => this.brokenOff(error.originalResponse),
      onSuccess: () => this.arrived(),
    });
    if (!this.pieces.url) {
      const [before] = await this.pieces.findPreviousUploads();
      if (before) this.pieces.resumeFromPreviousUpload(before);
    }
    this.pieces.start();
  }

  brokenOff(response) {
    const status = response?.getStatus() ?? 0;
    const lost = "The connection was lost. Retry goes on where it broke off.";
    this.failed(status ? reason(status, parsed(response.getBody())) : lost);
  }

  arrived() {
    const id = this.pieces.url.split("/").at(-2);
    this.pieces = null;
    this.show("sending", "Storing…");
    this.ask(JSON.stringify({ upload_id: id }), "application/json");
  }

  failed(text) {
    this.fail(text);
    this.leave();
  }

  progress(sent) {
    this.sent = sent;
    const total = this.file.size;
    this.part("bar").value = Math.min(100, (sent / total) * 100);
    const state = this.row.dataset.state;
    if (state !== "sending") return; // paused meanwhile
    const rate = this.meter.rate(sent);
    const speed = rate ? `, ${size(rate)}/s${left((total - sent) / rate)}` : "";
    this.show("sending", sent < total ? `${size(sent)} of ${size(total)}${speed}` : "Storing…");
  }

  answered(request) {
    const answer = parsed(request.responseText);
    if (request.status !== 201 || !answer.id) return this.fail(reason(request.status, answer));
    this.show("done", `${size(this.file.size)}, uploaded`);
    const open = this.part("open");
    const mark = this.part("mark");
    open.href = form.dataset.detail.replace(form.dataset.placeholder, answer.id);
    open.textContent = this.file.name;
    open.hidden = false;
    if (mark) {
      mark.href = `${open.href}watermark/`;
      mark.setAttribute("aria-label", `Mark ${this.file.name}`);
      mark.hidden = false;
    }
    this.part("name").hidden = true;
    done += 1;
    announce(`${done} of ${list.children.length} uploaded`);
    document.dispatchEvent(new CustomEvent("uploaded", { detail: answer.id }));
    if (!together) return;
    together.elements.documents.value += `${answer.id},`;
    together.hidden = done < 2;
  }
}

// Bytes a second over the last seconds, so that the figure neither jumps nor lags.
class Meter {
  constructor() { this.seen = []; }

  rate(sent) {
    const now = performance.now();
    this.seen.push([now, sent]);
    while (this.seen.length > 2 && now - this.seen[0][0] > 4000) this.seen.shift();
    const [then, before] = this.seen[0];
    return now - then > 900 ? Math.max(0, ((sent - before) / (now - then)) * 1000) : 0;
  }
}

function left(seconds) {
  if (!Number.isFinite(seconds) || seconds < 3) return "";
  if (seconds < 90) return `, ${Math.ceil(seconds)} s left`;
  return `, ${Math.ceil(seconds / 60)} min left`;
}

// Loaded with the first large file: most visits need none of it.
let loading;
function tus() {
  loading ??= new Promise((ok, no) => {
    const script = document.createElement("script");
    script.src = form.dataset.tus;
    script.addEventListener("load", () => ok(window.tus));
    script.addEventListener("error", () => { loading = null; no(new Error("not loaded")); });
    document.head.append(script);
  });
  return loading;
}

function parsed(text) {
  try { return JSON.parse(text) ?? {}; } catch { return {}; }
}

function reason(status, answer) {
  if (status === 401 || status === 403) return "You are signed out or may not upload here.";
  if (status === 413) return `Too large: the limit is ${form.dataset.maxText}.`;
  const said = Array.isArray(answer.detail) ? answer.detail[0]?.msg : answer.detail;
  if (said && status < 500) return said;
  const id = answer.request_id ? ` (request ${answer.request_id})` : "";
  return `The server could not take it${id}. Please retry.`;
}

function next() {
  while (active.size < AT_ONCE && waiting.length) waiting.shift().send();
}

async function filesOf(entry) {
  if (entry.isFile) return [await new Promise((ok, no) => entry.file(ok, no))];
  const reader = entry.createReader();
  const found = [];
  for (;;) { // a reader gives at most a hundred entries a call
    const some = await new Promise((ok, no) => reader.readEntries(ok, no));
    if (!some.length) return found.flat();
    found.push(...(await Promise.all(some.map(filesOf))));
  }
}

async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const folders = entries.some((entry) => entry.isDirectory);
  const files = folders ? (await Promise.all(entries.map(filesOf))).flat() : [...transfer.files];
  for (const file of files) {
    // A folder also holds other things.
    if (!folders || endings.some((ending) => file.name.toLowerCase().endsWith(ending))) new Upload(file);
  }
}

function over(event, inside) {
  if (!event.dataTransfer.types.includes("Files")) return;
  event.preventDefault();
  zone.toggleAttribute("data-over", inside);
}

zone.addEventListener("dragover", (event) => over(event, true));
zone.addEventListener("dragleave", (event) => over(event, zone.contains(event.relatedTarget)));
zone.addEventListener("drop", (event) => {
  over(event, false);
  dropped(event.dataTransfer);
});
input.addEventListener("change", () => {
  for (const file of input.files) new Upload(file);
  input.value = "";
});
addEventListener("beforeunload", (event) => {
  if (active.size || waiting.length) event.preventDefault();
});
input.required = false;
