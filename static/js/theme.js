// Loaded before the first paint: a stored choice of theme must not flash. Not a module, so that
// it blocks; no choice means the system's, which CSS alone would follow.
(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const names = { auto: "system", light: "light", dark: "dark" };
  const next = { auto: "light", light: "dark", dark: "auto" };

  const stored = () => {
    try { return localStorage.getItem("theme") in names ? localStorage.getItem("theme") : "auto"; }
    catch { return "auto"; }
  };
  const apply = () => {
    const choice = stored();
    root.dataset.bsTheme = choice === "auto" ? (system.matches ? "dark" : "light") : choice;
    for (const button of document.querySelectorAll("[data-theme-toggle]")) {
      button.querySelector("[data-theme-name]").textContent = names[choice];
      for (const icon of button.querySelectorAll("[data-theme-icon]")) {
        icon.hidden = icon.dataset.themeIcon !== choice;
      }
    }
  };
  const choose = () => {
    try { localStorage.setItem("theme", next[stored()]); } catch { /* private mode: stays */ }
    apply();
  };

  root.classList.add("js");
  apply();
  system.addEventListener("change", apply);
  addEventListener("storage", apply);
  document.addEventListener("DOMContentLoaded", apply);
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-theme-toggle]")) choose();
  });
})();
