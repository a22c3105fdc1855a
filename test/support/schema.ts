import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020, type AnySchemaObject } from "ajv/dist/2020.js";
import { expect } from "vitest";

const folder = join(import.meta.dirname, "../../docs/schema");

const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });
for (const name of globSync("*.json", { cwd: folder })) {
  if (name === "pleach-toml.json") continue;
  const schema = JSON.parse(readFileSync(join(folder, name), "utf8")) as AnySchemaObject;
  ajv.addSchema(closed(schema) as AnySchemaObject, name);
}

/**
 * Expects a document to have the shape of `docs/schema/<name>.json`. For readers the schemas are
 * open (keys may be added); here a key that no schema describes fails.
 */
export function expectValid(name: string, document: unknown): void {
  const validate = ajv.getSchema(`${name}.json`);
  if (validate === undefined) throw new Error(`there is no docs/schema/${name}.json`);
  validate(document);
  expect(validate.errors ?? [], JSON.stringify(document, undefined, 2)).toEqual([]);
}

/** Returns the schema with every object closed that does not say otherwise. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== "object" || schema === null) return schema;
  const parts = Object.entries(schema).map(([key, value]) => [key, closed(value)]);
  const isOpen = "properties" in schema && !("additionalProperties" in schema);
  return { ...Object.fromEntries(parts), ...(isOpen ? { additionalProperties: false } : {}) };
}
