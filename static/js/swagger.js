// Draws /openapi.json with Swagger UI. Somebody signed in may try calls with their session:
// those need the CSRF token.
"use strict";

const reference = document.getElementById("reference");

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
