// Draws /openapi.json with Swagger UI. Somebody signed in may try calls with their session:
// those need the CSRF token.
"use strict";

const reference = document.getElementById("reference");

// Swagger UI goes by a class of its own; static/js/theme.js knows what was chosen.
const root = document.documentElement;
const dim = () => root.classList.toggle("dark-mode", root.dataset.bsTheme === "dark");
new MutationObserver(dim).observe(root, { attributeFilter: ["data-bs-theme"] });
dim();

window.SwaggerUIBundle({
  url: reference.dataset.document,
  domNode: reference,
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  persistAuthorization: true,
  tryItOutEnabled: true,
  validatorUrl: null,
  requestInterceptor: (request) => {
    if (reference.dataset.csrf && !["GET", "HEAD"].includes(request.method || "GET")) {
      request.headers["X-CSRFToken"] = reference.dataset.csrf;
    }
    return request;
  },
});
