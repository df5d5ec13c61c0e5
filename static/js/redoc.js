// Draws /openapi.json with ReDoc, which would load its maker's logo from another host: here no
// page asks another host for anything, so an empty picture takes its place.
"use strict";

const NOTHING = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E";
const setAttribute = HTMLImageElement.prototype.setAttribute;
HTMLImageElement.prototype.setAttribute = function (name, value) {
  const isOutside = name === "src" && new URL(value, location).host !== location.host;
  setAttribute.call(this, name, isOutside && !value.startsWith("data:") ? NOTHING : value);
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
