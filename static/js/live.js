// Keeps the jobs and batches on a page true while they run.
//
// A socket tells small steps; what a state means is always drawn by the server (the region is
// fetched again), so nothing is shown as final that the database does not say. While the socket
// is away, or silent for too long, the API is asked instead, and the page says so.
// Of a region that has parts (data-redraw) only those that differ are replaced: what somebody
// reads, has opened or has the focus on stays where it is.

const POLL_MS = 2000;
const SILENCE_MS = 5000; // two and a half heartbeats
const RETRY_MS = [500, 1000, 2000, 4000, 8000, 15000];
const ITEMS_MS = 1000; // how often the items of a batch are drawn anew while some end
const PAGES_MS = 4000; // and while none does
const ENDED = new Set(["succeeded", "failed", "cancelled", "expired", "completed", "completed_with_errors"]);
const KINDS = { job: "jobs", batch: "batches" };
const feeds = new Map();
const region = document.querySelector("[data-live]");
const CONNECTION = {
  connecting: "Connecting…",
  live: "Live",
  polling: `Live connection lost, checking every ${POLL_MS / 1000} seconds`,
  offline: "The server cannot be reached, retrying. What you see may be out of date",
  refused: "You may no longer see this. Reload the page to log in again",
};

function announce(detail) {
  document.dispatchEvent(new CustomEvent("announce", { detail }));
}

class Feed {
  constructor(kind, id) {
    this.kind = kind;
    this.path = `${KINDS[kind]}/${id}/`;
    this.id = id;
    this.seq = -1;
    this.failures = 0;
    this.heard = Date.now();
    this.status = "connecting";
    this.timer = setInterval(() => this.tick(), POLL_MS / 2);
    this.connect();
  }

  get row() { return region.querySelector(`[data-${this.kind}="${this.id}"]`); }

  connect() {
    const socket = (this.socket = new WebSocket(`/ws/v1/${this.path}`));
    socket.addEventListener("message", ({ data }) => this.hear(JSON.parse(data)));
    socket.addEventListener("close", ({ code }) => this.closed(code));
  }

  hear(message) {
    this.heard = Date.now(); // a heartbeat too says that what is shown still holds
    if (!message[this.kind]) return;
    this.failures = 0;
    this.become("live");
    this.take(message[this.kind]);
  }

  closed(code) {
    if (this.stopped || this.ended) return;
    if (code === 4401 || code === 4403 || code === 4404) return this.stop("refused");
    if (this.status === "live" || this.status === "connecting") this.become("polling");
    const wait = RETRY_MS[Math.min(this.failures++, RETRY_MS.length - 1)];
    setTimeout(() => this.stopped || this.connect(), wait * (0.75 + Math.random() / 2));
  }

  tick() {
    const silence = Date.now() - this.heard;
    if (this.status === "live" && silence >= SILENCE_MS) {
      this.become("polling"); // an open socket beats its heart; this one only looks open
      this.socket.close();
    }
    if (this.status !== "live" && silence >= POLL_MS) this.poll();
    // Within items pages pass of which a batch, which counts ends, tells nothing.
    if (this.hasItems && !document.hidden && Date.now() - this.drawn >= PAGES_MS) this.drawItems();
  }

  async poll() {
    this.heard = Date.now();
    try {
      const answer = await fetch(`/api/v1/${this.path}`, { headers: { Accept: "application/json" } });
      if (answer.status === 401 || answer.status === 404) return this.stop("refused");
      if (!answer.ok) throw new Error(answer.status);
      if (this.status !== "live") this.become("polling");
      this.take(await answer.json());
    } catch {
      this.become("offline");
    }
  }

  take(told) {
    if (this.stopped || !told.state || told.seq < this.seq) return; // a late message
    const isNew = told.seq !== this.seq;
    this.seq = told.seq ?? this.seq;
    this.ended = ENDED.has(told.state);
    if (told.state !== this.row?.dataset.state) redraw();
    else if (this.kind === "batch") this.count(told, isNew);
    else if (told.state === "queued") this.wait(told.queue_position);
    else this.step(told.progress ?? {});
  }

  count({ percent, counts }, isNew) {
    const bar = this.row.querySelector("progress");
    if (bar) bar.value = percent;
    const text = this.row.querySelector("[data-progress-text]");
    const done = counts.total - counts.pending;
    if (text) text.textContent = `${done.toLocaleString("en")} of ${counts.total.toLocaleString("en")} done`;
    const number = this.row.querySelector("[data-percent]");
    if (number) number.textContent = `${percent} %`;
    if (Math.floor(percent / 25) > Math.floor((this.said ?? percent) / 25)) announce(`${percent} percent done`);
    this.said = percent;
    if (this.hasItems && (isNew || !this.drawn)) this.drawItems();
  }

  get hasItems() { return this.row !== null && "items" in this.row.dataset; }

  drawItems() {
    if (this.drawing) return;
    this.drawing = setTimeout(() => {
      this.drawing = null;
      this.drawn = Date.now();
      redraw();
    }, ITEMS_MS);
  }

  wait(position) {
    const text = this.row.querySelector("[data-progress-text]");
    if (text && position > 1) text.textContent = `Waiting, number ${position} in line`;
  }

  step({ percent, page, pages }) {
    const number = this.row.querySelector("[data-percent]");
    if (number) number.textContent = `${percent} %`;
    const bar = this.row.querySelector("progress");
    if (!bar) return;
    if (Math.floor(percent / 25) > Math.floor(bar.value / 25)) announce(`${percent} percent done`);
    bar.value = percent;
    const text = this.row.querySelector("[data-progress-text]");
    if (!pages) text.textContent = "Preparing";
    else text.textContent = page < pages ? `Page ${page.toLocaleString("en")} of ${pages.toLocaleString("en")}` : "Storing the copy";
  }

  become(status) {
    this.status = status;
    showConnection();
  }

  stop(status) {
    this.stopped = true;
    clearInterval(this.timer);
    this.socket.close();
    this.become(status);
  }
}

function showConnection() {
  const known = ["refused", "offline", "polling", "connecting", "live"];
  const running = [...feeds.values()].filter((feed) => !feed.stopped || feed.status === "refused");
  const worst = known.find((status) => running.some((feed) => feed.status === status));
  const connection = document.querySelector("[data-connection]"); // may be drawn anew
  connection.hidden = !worst;
  if (!worst || connection.dataset.status === worst) return;
  connection.dataset.status = worst;
  connection.querySelector("[data-connection-text]").textContent = CONNECTION[worst];
}

let redrawing = false;
let again = false;
async function redraw() {
  if (redrawing) { again = true; return; }
  redrawing = true;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-live]");
    if (answer.ok && fresh) {
      const before = region.querySelector("[data-announce]")?.dataset.announce;
      replace(fresh);
      const said = region.querySelector("[data-announce]")?.dataset.announce;
      if (said && said !== before) announce(said);
      watch();
    }
  } catch { /* the next poll asks again, since the row still shows the old state */ }
  redrawing = false;
  if (again) { again = false; redraw(); }
}

function replace(fresh) {
  const held = region.contains(document.activeElement) ? document.activeElement : null;
  const [mine, theirs] = [region, fresh].map((each) => [...each.querySelectorAll("[data-redraw]")]);
  const names = (parts) => parts.map((each) => each.dataset.redraw).join();
  if (!mine.length || names(mine) !== names(theirs)) region.replaceChildren(...fresh.childNodes);
  else theirs.forEach((part, index) => { if (differs(mine[index], part)) mine[index].replaceWith(part); });
  if (!held || region.contains(held)) return;
  (document.getElementById(held.id) ?? region).focus({ preventScroll: true });
}

// A part with a form is another text each time it is drawn; its version says when it has changed.
function differs(mine, fresh) {
  const version = fresh.dataset.version;
  return version === undefined ? mine.outerHTML !== fresh.outerHTML : version !== mine.dataset.version;
}

function watch() {
  for (const feed of feeds.values()) {
    if (!feed.stopped && (!feed.row || ENDED.has(feed.row.dataset.state))) feed.stop("live");
  }
  for (const row of region.querySelectorAll("[data-job], [data-batch]")) {
    const { job, batch, state } = row.dataset;
    const feed = feeds.get(job ?? batch);
    if (ENDED.has(state) || (feed && !feed.stopped) || feed?.status === "refused") continue;
    feeds.set(job ?? batch, new Feed(job ? "job" : "batch", job ?? batch));
  }
  showConnection();
}

watch();
