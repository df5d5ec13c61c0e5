// Keeps the jobs on a page true while they run.
//
// A socket tells small steps; what a state means is always drawn by the server (the region is
// fetched again), so nothing is shown as final that the database does not say. While the socket
// is away, or silent for too long, the API is asked instead, and the page says so.

const POLL_MS = 2000;
const SILENCE_MS = 5000; // two and a half heartbeats
const RETRY_MS = [500, 1000, 2000, 4000, 8000, 15000];
const ENDED = new Set(["succeeded", "failed", "cancelled", "expired"]);
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
  constructor(id) {
    this.id = id;
    this.seq = -1;
    this.failures = 0;
    this.heard = Date.now();
    this.status = "connecting";
    this.timer = setInterval(() => this.tick(), POLL_MS / 2);
    this.connect();
  }

  get row() { return region.querySelector(`[data-job="${this.id}"]`); }

  connect() {
    const socket = (this.socket = new WebSocket(`/ws/v1/jobs/${this.id}/`));
    socket.addEventListener("message", ({ data }) => this.hear(JSON.parse(data)));
    socket.addEventListener("close", ({ code }) => this.closed(code));
  }

  hear(message) {
    this.heard = Date.now(); // a heartbeat too says that what is shown still holds
    if (!message.job) return;
    this.failures = 0;
    this.become("live");
    this.take(message.job);
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
  }

  async poll() {
    this.heard = Date.now();
    try {
      const answer = await fetch(`/api/v1/jobs/${this.id}/`, { headers: { Accept: "application/json" } });
      if (answer.status === 401 || answer.status === 404) return this.stop("refused");
      if (!answer.ok) throw new Error(answer.status);
      if (this.status !== "live") this.become("polling");
      this.take(await answer.json());
    } catch {
      this.become("offline");
    }
  }

  take(job) {
    if (this.stopped || !job.state || job.seq < this.seq) return; // a late message
    this.seq = job.seq ?? this.seq;
    this.ended = ENDED.has(job.state);
    if (job.state !== this.row?.dataset.state) redraw();
    else if (job.state === "queued") this.wait(job.queue_position);
    else this.step(job.progress ?? {});
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
      const held = region.contains(document.activeElement);
      region.replaceChildren(...fresh.childNodes);
      if (held) region.focus();
      const said = region.querySelector("[data-announce]");
      if (said) announce(said.dataset.announce);
      watch();
    }
  } catch { /* the next poll asks again, since the row still shows the old state */ }
  redrawing = false;
  if (again) { again = false; redraw(); }
}

function watch() {
  for (const feed of feeds.values()) {
    if (!feed.stopped && (!feed.row || ENDED.has(feed.row.dataset.state))) feed.stop("live");
  }
  for (const row of region.querySelectorAll("[data-job]")) {
    const { job, state } = row.dataset;
    if (!ENDED.has(state) && !feeds.has(job)) feeds.set(job, new Feed(job));
  }
  showConnection();
}

watch();
