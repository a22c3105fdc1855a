import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { contractRows, type MetRow } from "../src/agents/contract.ts";
import { adapters } from "../src/agents/known.ts";
import { wholeTree } from "../src/faces/cli/command-tree.ts";
import { verbs } from "../src/faces/cli/verbs.ts";
import { writtenConfigSchema } from "../src/ground/config/written.ts";
import { catalogue } from "../src/ground/journal/event.ts";

/**
 * Generates the files of docs/ that only repeat the code: path → text. A test fails when a file
 * differs.
 */
export async function generatedDocs(): Promise<ReadonlyMap<string, string>> {
  const schema = z.toJSONSchema(writtenConfigSchema, { io: "input" });
  return new Map([
    ...(await commandPages()),
    ["docs/schema/pleach-toml.json", `${JSON.stringify(schema, undefined, 2)}\n`],
    ["docs/schema/event.json", `${JSON.stringify(eventSchema(), undefined, 2)}\n`],
    ["docs/agents.md", agentsPage()],
  ]);
}

/** Builds the schema of a line of `pleach events`: every kind of the catalogue, and kinds still to come. */
function eventSchema(): object {
  const stamp = {
    seq: { type: "integer", minimum: 1 },
    at: { type: "integer", minimum: 0, description: "milliseconds since 1970" },
  };
  const kinds = Object.entries(catalogue).map(([type, fields]) => {
    const { $schema: _, ...shape } = z.toJSONSchema(fields, { io: "input" });
    const own = { ...stamp, type: { const: type }, ...shape.properties };
    const required = ["seq", "at", "type", ...(shape.required ?? [])];
    return { ...shape, properties: own, required };
  });
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "One line of pleach events",
    oneOf: [
      ...kinds,
      {
        description: "A kind that only a later version knows.",
        type: "object",
        properties: {
          ...stamp,
          type: {
            type: "string",
            pattern: "^[a-z]+(-[a-z]+)*\\.[a-z]+(-[a-z]+)*$",
            not: { enum: Object.keys(catalogue) },
          },
          track: { type: "string" },
          worker: { type: "string" },
        },
        required: ["seq", "at", "type"],
        additionalProperties: true,
      },
    ],
  };
}

/** Returns the page as it is, with its tables as the adapters declare them. */
function agentsPage(): string {
  const page = readFileSync(join(import.meta.dirname, "../docs/agents.md"), "utf8");
  const tables = { contract: contractTable(), permissions: permissionsTable() };
  return Object.entries(tables).reduce((text, [name, table]) => {
    const [before, rest] = text.split(`<!-- ${name} -->\n`);
    const after = rest?.split(`<!-- /${name} -->\n`)[1];
    if (after === undefined) throw new Error(`docs/agents.md has no place for ${name}`);
    return `${before}<!-- ${name} -->\n${table}<!-- /${name} -->\n${after}`;
  }, page);
}

const row = (...cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;
const rule = (columns: number): string => `|${"---|".repeat(columns)}\n`;

function contractTable(): string {
  const agents = adapters.map((adapter) => adapter.make({ model: undefined }));
  const head = row("", ...agents.map(({ name, triedWith }) => `${name} (${triedWith})`));
  const rows = (Object.keys(contractRows) as (keyof typeof contractRows)[]).map((name) =>
    row(`**${name}**: ${contractRows[name]}`, ...adapters.map((it) => asCell(it.contract[name]))),
  );
  return [head, rule(agents.length + 1), ...rows].join("");
}

const asCell = (declared: MetRow): string =>
  declared.kind === "met" ? declared.how : `*not observable*: ${declared.why}`;

function permissionsTable(): string {
  const names = adapters.map(({ name }) => name);
  return [
    ...[row("", ...names), rule(names.length + 1)],
    row("`ask`", ...adapters.map(({ permissions }) => permissions.ask ?? "as `edits`")),
    row("`edits`", ...adapters.map(({ permissions }) => permissions.edits)),
    row("`bypass`", ...adapters.map(({ permissions }) => permissions.bypass)),
  ].join("");
}

async function commandPages(): Promise<readonly (readonly [string, string])[]> {
  const said: string[] = [];
  const program = await wholeTree(verbs, { version: "", write: (text) => void said.push(text) });
  const shown = program.createHelp().visibleCommands(program);
  const pages = shown.map((command) => {
    command.outputHelp();
    const text = `# pleach ${command.name()}\n\n${fenced(said.splice(0).join(""))}`;
    return [`docs/commands/${command.name()}.md`, text] as const;
  });
  program.outputHelp();
  return [...pages, ["docs/commands/README.md", index(said.join(""), shown)]];
}

function index(
  help: string,
  commands: readonly { name(): string; description(): string }[],
): string {
  const list = commands.map(
    (command) => `- [\`${command.name()}\`](${command.name()}.md): ${command.description()}`,
  );
  return `# The command line

These pages are what \`--help\` prints; \`npm run docs\` writes them.

${list.join("\n")}

## Conventions

With \`--json\` stdout holds one JSON document, or one JSON value on each line where it streams; its
shape is in [docs/schema](../schema/). An absent key means there is nothing to say, \`null\` means it
was asked and is unknown. Prose about progress goes to stderr.

An error is two lines on stderr: the fact, then \`hint:\` with what to do about it. With \`--json\` the
same error is also a document on stdout: \`{"schema":1,"error":{code,message,hint,exitCode}}\`.

${fenced(help)}`;
}

const fenced = (text: string): string => `\`\`\`text\n${text.trimEnd()}\n\`\`\`\n`;
