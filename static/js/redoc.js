// Draws /openapi.json with ReDoc, which would load its maker's logo from another host: here no
// page asks another host for anything, so an empty picture takes its place.
"use strict";

const NOTHING = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E";
const inside = (address) =>
  [location.origin, "null"].includes(new URL(address, location).origin) ? address : NOTHING;

const image = HTMLImageElement.prototype;
const { get, set } = Object.getOwnPropertyDescriptor(image, "src");
Object.defineProperty(image, "src", {
  get,
  set(address) {
    set.call(this, inside(address));
  },
});
image.setAttribute = function (name, value) {
  Element.prototype.setAttribute.call(this, name, name === "src" ? inside(value) : value);
};

const reference = document.getElementById("reference");
const font = { fontFamily: "Inter, system-ui, sans-serif" };

window.Redoc.init(
  reference.dataset.document,
  {
    hideDownloadButton: true,
    nativeScrollbars: true,
    sortPropsAlphabetically: false,
    scrollYOffset: ".ref-bar",
    theme: {
      typography: { ...font, headings: font, code: { fontFamily: "ui-monospace, monospace" } },
    },
  },
  reference,
);
