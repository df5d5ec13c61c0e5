// Writes src/schema.ts, the types of every operation, from the server's OpenAPI document.
// It is not kept in the repository, so it cannot differ from the document.
import { readFile, writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";
import ts from "typescript";

const document = JSON.parse(
  await readFile(new URL("../../docs/openapi.json", import.meta.url), "utf8"),
);
// Samples are for readers.
for (const item of Object.values(document.paths)) {
  for (const operation of Object.values(item)) delete operation["x-codeSamples"];
}
const blob = ts.factory.createTypeReferenceNode("Blob");
const nodes = await openapiTS(document, {
  defaultNonNullable: false,
  transform: (schema) => (schema.format === "binary" ? blob : undefined),
});
await writeFile(new URL("src/schema.ts", import.meta.url), astToString(nodes));
