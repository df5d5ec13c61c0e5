// Turns the plain upload form into a queue: drop files or folders, one request and one bar a file.
const AT_ONCE = 3;
const form = document.querySelector("form[data-upload]");
const input = form.querySelector("input[type=file]");
const zone = form.querySelector("[data-drop]");
const list = document.querySelector("[data-upload-list]");
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
    const busy = state === "waiting" || state === "sending";
    this.part("bar").hidden = !busy;
    this.part("stop").hidden = !busy;
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
    if (waiting.includes(this)) waiting.splice(waiting.indexOf(this), 1);
    this.fail("Stopped.");
    this.part("retry")?.focus();
  }

  send() {
    active.add(this);
    const body = new FormData();
    body.append("file", this.file, this.file.name);
    const request = (this.request = new XMLHttpRequest());
    request.open("POST", form.dataset.api);
    request.setRequestHeader("X-CSRFToken", token);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Idempotency-Key", this.key);
    request.upload.addEventListener("progress", (event) => this.progress(event));
    request.addEventListener("load", () => this.answered(request));
    request.addEventListener("error", () => this.fail("The connection was lost. Please retry."));
    request.addEventListener("loadend", () => { active.delete(this); next(); });
    this.show("sending", `0 of ${size(this.file.size)}`);
    request.send(body);
  }

  progress({ loaded, total }) {
    this.part("bar").value = total ? (loaded / total) * 100 : 0;
    const text = loaded < total ? `${size(loaded)} of ${size(total)}` : "Storing…";
    this.show("sending", text);
  }

  answered(request) {
    const answer = parsed(request.responseText);
    if (request.status !== 201 || !answer.id) return this.fail(reason(request.status, answer));
    this.show("done", `${size(this.file.size)}, uploaded`);
    const open = this.part("open");
    const mark = this.part("mark");
    open.href = form.dataset.detail.replace(form.dataset.placeholder, answer.id);
    mark.href = `${open.href}watermark/`;
    mark.setAttribute("aria-label", `Mark ${this.file.name}`);
    open.textContent = this.file.name;
    open.hidden = mark.hidden = false;
    this.part("name").hidden = true;
    done += 1;
    announce(`${done} of ${list.children.length} uploaded`);
  }
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
