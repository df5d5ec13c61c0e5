// Counts what is ticked in a list of documents, ticks a whole page, and takes in what has been
// uploaded.
// The form does all of it without this script, too: only the numbers would come later.
const form = document.querySelector("[data-choice]");
if (form) begin(form);

function begin(form) {
  const most = Number(form.dataset.max);
  const chosen = form.elements.documents;
  const ticks = [...form.querySelectorAll("tbody [name=document]")];
  const all = form.querySelector("[data-all]");
  const count = form.querySelector("[data-count]");
  const shown = new Set(ticks.map((each) => each.value));

  function tell() {
    const ticked = ticks.filter((each) => each.checked).length;
    const elsewhere = chosen.value.split(",").filter((each) => each && !shown.has(each)).length;
    const sum = ticked + elsewhere;
    const many = sum > most ? `, ${(sum - most).toLocaleString("en")} too many` : "";
    const text = `${sum.toLocaleString("en")} chosen${many}`;
    if (count.textContent !== text) count.textContent = text;
    if (!all) return;
    all.checked = ticked > 0 && ticked === ticks.length;
    all.indeterminate = ticked > 0 && ticked < ticks.length;
  }

  form.addEventListener("change", ({ target }) => {
    if (target === all) for (const each of ticks) each.checked = all.checked;
    tell();
  });
  document.addEventListener("uploaded", ({ detail }) => {
    chosen.value += `${detail},`;
    tell();
  });
  addEventListener("pageshow", tell);
  tell();
}
