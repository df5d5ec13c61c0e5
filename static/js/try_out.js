// Draws what a visitor types on our sample: by the engine, once the form has been still for a
// moment. A newer wish ends the older one, here and on the server.
const STILL_MS = 400;
const RETRY_MS = 1200;
const RETRIES = 3;
const form = document.querySelector("[data-try]");
const stage = document.querySelector("[data-stage]");
const image = stage.querySelector("img");
const status = form.querySelector("[data-status]");
let asked; // the AbortController of what is under way
let timer;
let address; // of the picture shown

async function ask(signal) {
  const body = new URLSearchParams(new FormData(form));
  for (let tries = 0; ; tries += 1) {
    const answer = await fetch(form.dataset.pictureUrl, { method: "POST", body, signal });
    if (answer.ok) return answer;
    const told = await answer.json().catch(() => ({}));
    if (told.code !== "too_many_previews" || tries >= RETRIES) throw new Error(sentence(told));
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    signal.throwIfAborted();
  }
}

function sentence({ errors, reason }) {
  return Object.values(errors ?? {}).flat().join(" ") || reason || "That could not be drawn.";
}

async function refresh() {
  clearTimeout(timer);
  asked?.abort();
  if (!form.elements.watermark_text.value.trim()) return;
  const mine = (asked = new AbortController());
  stage.setAttribute("aria-busy", "true");
  try {
    const answer = await ask(mine.signal);
    await show(await answer.blob());
    say("Drawn by the engine. Nothing is kept.");
  } catch (error) {
    if (mine.signal.aborted) return;
    say(error instanceof TypeError ? "The server cannot be reached." : error.message, true);
  } finally {
    if (asked === mine) stage.removeAttribute("aria-busy");
  }
}

async function show(blob) {
  const fresh = URL.createObjectURL(blob);
  const ready = new Image();
  ready.src = fresh;
  await ready.decode(); // the last picture stays until the next can be painted
  image.src = fresh;
  image.alt = "Our sample with your mark";
  if (address) URL.revokeObjectURL(address);
  address = fresh;
}

function say(text, isBad = false) {
  status.textContent = text;
  status.classList.toggle("cm-trouble", isBad);
}

form.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(refresh, STILL_MS);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  refresh();
});
addEventListener("pagehide", () => asked?.abort());
