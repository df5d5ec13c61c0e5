// Improves a guide: the list of guides stands open where there is room, code can be copied.
const list = document.querySelector(".guide-list details");
const room = matchMedia("(min-width: 62rem)");
const open = () => { list.open = room.matches; };
room.addEventListener("change", open);
open();

for (const figure of document.querySelectorAll(".guide-code")) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(figure.querySelector("code").textContent);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
  figure.querySelector("figcaption").append(button);
}
