// Shows a mark while it is being made. The server reads the form, draws and tells; this script only
// asks: for the picture once the form has been still for a moment, then for what it costs.
// A newer wish ends the older one, here and on the server.
const STILL_MS = 350;
const RETRY_MS = 1200;
const RETRIES = 3;
const form = document.querySelector("[data-mark-editor]");
const stage = form.querySelector("[data-stage]");
const image = form.querySelector("[data-picture]");
const status = form.querySelector("[data-status]");
const again = form.querySelector("[data-again]");
const page = form.elements.shown_page;
let asked; // the AbortController of what is under way
let timer;
let address; // of the picture shown

function announce(detail) {
  document.dispatchEvent(new CustomEvent("announce", { detail }));
}

function send(url, signal) {
  // Not as multipart: such bodies are files, which are read elsewhere.
  const body = new URLSearchParams(new FormData(form));
  if (isEmpty()) body.set("show", "original");
  return fetch(url, { method: "POST", body, signal });
}

// Nobody has made a mistake who has not written anything yet.
function isEmpty() {
  return !form.elements.asset?.value && !form.elements.watermark_text.value.trim();
}

async function ask(url, signal) {
  for (let tries = 0; ; tries += 1) {
    const answer = await send(url, signal);
    const busy = answer.status === 429 || answer.status === 503;
    if (!busy || tries >= RETRIES) return answer;
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    signal.throwIfAborted();
  }
}

function say(text, { bad = false } = {}) {
  const line = document.createElement("span");
  line.textContent = text;
  if (bad) line.className = "cm-trouble";
  status.replaceChildren(line);
  again.hidden = true;
}

async function refresh() {
  clearTimeout(timer);
  asked?.abort();
  const mine = (asked = new AbortController());
  stage.setAttribute("aria-busy", "true");
  try {
    const shown = describe();
    const answer = await ask(form.dataset.pictureUrl, mine.signal);
    if (answer.redirected) return location.reload(); // logged out meanwhile
    if (!answer.ok) return await refuse(answer);
    await show(await answer.blob(), shown);
    if (isEmpty()) return say("Write a text to see the mark on it.");
    complain({});
    stage.removeAttribute("aria-busy");
    const facts = await ask(form.dataset.factsUrl, mine.signal);
    if (facts.ok) tell(await facts.text());
  } catch (error) {
    if (mine.signal.aborted) return;
    say("The server cannot be reached. You see the last preview.", { bad: true });
    again.hidden = false;
  } finally {
    if (asked === mine) stage.removeAttribute("aria-busy");
  }
}

function describe() {
  const before = isEmpty() || form.elements.show.value === "original";
  return `Page ${page.value} ${before ? "as it was uploaded" : "with the mark"}`;
}

async function show(blob, shown) {
  const fresh = URL.createObjectURL(blob);
  const ready = new Image();
  ready.src = fresh;
  await ready.decode(); // the last picture stays until the next can be painted
  image.src = fresh;
  image.alt = shown;
  image.hidden = false;
  if (address) URL.revokeObjectURL(address);
  address = fresh;
  say(shown);
}

async function refuse(answer) {
  const told = (answer.headers.get("Content-Type") ?? "").includes("json") ? await answer.json() : {};
  complain(told.errors ?? {});
  if (told.errors) say("Mend what is wrong in the form to see it.", { bad: true });
  else say(told.reason ?? "The preview failed.", { bad: true });
  if (told.errors?.__all__) say(told.errors.__all__.join(" "), { bad: true });
  again.hidden = Boolean(told.errors);
}

// Errors beside their fields, in the words and the shape in which the server writes them.
function complain(errors) {
  for (const list of form.querySelectorAll(".errorlist")) {
    const control = form.elements[list.id.replace(/^id_|_error$/g, "")];
    if (control) mend(control);
    list.remove();
  }
  for (const [name, sentences] of Object.entries(errors)) {
    const control = form.elements[name];
    if (!control) continue;
    const list = document.createElement("ul");
    list.className = "errorlist";
    list.id = `id_${name}_error`;
    list.append(...sentences.map((sentence) => Object.assign(document.createElement("li"), { textContent: sentence })));
    control.closest(".mb-4").append(list);
    control.setAttribute("aria-invalid", "true");
    control.setAttribute("aria-describedby", `${described(control)} ${list.id}`.trim());
    const folded = control.closest("details");
    if (folded) folded.open = true;
  }
}

function described(control) {
  return (control.getAttribute("aria-describedby") ?? "").replace(/\S+_error/g, "").trim();
}

function mend(control) {
  control.removeAttribute("aria-invalid");
  const rest = described(control);
  if (rest) control.setAttribute("aria-describedby", rest);
  else control.removeAttribute("aria-describedby");
}

function tell(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  for (const part of fresh.querySelectorAll("[data-part]")) {
    form.querySelector(`[data-part="${part.dataset.part}"]`).replaceWith(part);
    if (part.dataset.pages) setPages(Number(part.dataset.pages));
  }
}

function setPages(count) {
  page.max = count;
  form.querySelector("[data-pages]").textContent = count.toLocaleString("en");
  bound();
}

function bound() {
  const last = Number(page.max) || Infinity;
  page.value = Math.min(Math.max(1, Math.trunc(Number(page.value)) || 1), last);
  for (const button of form.querySelectorAll("[data-turn]")) {
    const next = Number(page.value) + Number(button.dataset.turn);
    if (button.disabled !== (next < 1 || next > last)) {
      if (button === document.activeElement) page.focus(); // a disabled button would lose it
      button.disabled = !button.disabled;
    }
  }
}

function later() {
  clearTimeout(timer);
  timer = setTimeout(refresh, STILL_MS);
}

form.addEventListener("input", (event) => { if (event.target !== page) later(); });
page.addEventListener("change", () => { bound(); refresh(); });
again.addEventListener("click", refresh);

form.addEventListener("click", (event) => {
  const turn = event.target.closest("[data-turn]");
  if (!turn) return;
  event.preventDefault();
  page.value = Number(page.value) + Number(turn.dataset.turn);
  bound();
  announce(`Page ${page.value}`);
  refresh();
});

// Enter in a field shows; what starts work is its own button, or Ctrl and Enter anywhere.
form.addEventListener("submit", (event) => {
  if (!event.submitter?.matches("[data-default]")) return;
  event.preventDefault();
  bound();
  refresh();
});
form.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  form.requestSubmit(form.querySelector("[data-submit]"));
});
addEventListener("pagehide", () => asked?.abort());
addEventListener("pageshow", ({ persisted }) => { if (persisted) refresh(); });

bound();
refresh();
