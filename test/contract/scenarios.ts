import type { Answer } from "../../src/agents/conversation.ts";
import type { Permissions } from "../../src/agents/launch.ts";

/** The work that an agent is asked to do, so that it shows a row of the contract. */
export interface Scenario {
  /** The messages to it, turn by turn; each holds a script of the model server. */
  readonly says: readonly string[];
  readonly permissions: Permissions;
  /** The scenario whose session it goes on with. */
  readonly after?: ScenarioName;
  /** The answer to its ask. */
  readonly answer?: Answer;
  /** Whether it is interrupted once the file `started` is there. */
  readonly interrupted?: true;
  /** The differences for an agent whose tools are called otherwise. */
  readonly of?: {
    readonly [agent: string]: Partial<Pick<Scenario, "says" | "permissions" | "answer">>;
  };
}

/** A text whose every character has to reach the model unchanged. */
export const oddWords = "Ünïcode \"double\" 'single' $(id) `tick` \\ {prompt} -- --flag";
export const instructions = "CONTRACT-INSTRUCTIONS: stay on your branch.";

const script = (...steps: readonly string[]): string => `SCRIPT: ${steps.join("; ")} ENDSCRIPT`;
const write = "write a.txt <<one>>";
const commit = "run <<git add -A && git commit -m Work>>";

const ask = {
  question: "Which port?",
  header: "Port",
  multiSelect: false,
  options: [
    { label: "80", description: "the usual one" },
    { label: "8080", description: "the other one" },
  ],
};

const sub = {
  description: "look",
  // A script of its own, which its parent's script must not take for itself.
  prompt: "SCRIPT\\u003a run <<sleep 1>>; say <<seen>> ENDSCRIP\\u0054",
  subagent_type: "general-purpose",
};

const subCall = JSON.stringify(sub).replaceAll("\\\\u", "\\u");

/**
 * Returns a call for which Codex asks; it asks only where its model does: for a step outside its
 * sandbox.
 */
const outside = (cmd: string): string => {
  const call = { cmd, sandbox_permissions: "require_escalated", justification: "to see" };
  return `tool exec_command ${JSON.stringify(call)}`;
};
const { header, question, options } = ask;
const codexAsk = { questions: [{ id: "port", header, question, options }] };
/** A sub-agent that knows all that its parent does goes on with the same script. */
const codexSub = { task_name: "look", fork_turns: "all", message: "Look." };

const edits = { permissions: "edits" } as const;

export const scenarios = {
  work: {
    ...edits,
    says: [`${oddWords}\n${script(write, commit, "say <<done>>")}`],
    // Codex does not report what its sandbox refuses at once.
    of: {
      codex: { says: [`${oddWords}\n${script(write, "run <<ls>>", commit, "say <<done>>")}`] },
    },
  },
  resumed: { ...edits, after: "work", says: [`Go on.\n${script("say <<again>>")}`] },
  turns: {
    ...edits,
    says: [`First.\n${script("say <<one>>")}`, `Second.\n${script("say <<two>>")}`],
  },
  denied: {
    ...edits,
    says: [script("run <<touch /etc/motd>>", "say <<done>>")],
    of: {
      codex: {
        ...{ permissions: "ask", answer: { kind: "deny", why: "not now" } },
        says: [script(outside("touch /etc/motd"), "say <<done>>")],
      },
    },
  },
  asked: {
    permissions: "ask",
    answer: { kind: "allow" },
    // A command that the programs do not take for an edit, which they may do unasked.
    says: [script("run <<sh -c 'echo asked > asked.txt'>>", "say <<done>>")],
    of: { codex: { says: [script(outside("echo asked > asked.txt"), "say <<done>>")] } },
  },
  question: {
    permissions: "ask",
    answer: { kind: "text", text: "8080" },
    says: [script(`tool AskUserQuestion ${JSON.stringify({ questions: [ask] })}`, "say <<done>>")],
    of: {
      codex: {
        says: [script(`tool request_user_input ${JSON.stringify(codexAsk)}`, "say <<done>>")],
      },
    },
  },
  interrupted: {
    permissions: "bypass",
    interrupted: true,
    says: [script("run <<touch started && sleep 61>>", "say <<done>>")],
  },
  afterwards: { ...edits, after: "interrupted", says: [script("say <<still here>>")] },
  limit: { ...edits, says: [script("error 429 kind=usage times=99", "say <<x>>")] },
  auth: { ...edits, says: [script("error 401 times=99", "say <<x>>")] },
  context: { ...edits, says: [script("error 400 kind=context times=99", "say <<x>>")] },
  error: {
    ...edits,
    says: [script("error 422 kind=auth message=<<Unprocessable>> times=99", "say <<x>>")],
  },
  "sub-agent": {
    permissions: "bypass",
    says: [script(`tool Task ${subCall}`, "say <<done>>")],
    of: {
      codex: {
        says: [
          script(`tool spawn_agent ${JSON.stringify(codexSub)}`, "run <<sleep 1>>", "say <<done>>"),
        ],
      },
    },
  },
} as const satisfies Readonly<Record<string, Omit<Scenario, "after"> & { after?: string }>>;

export type ScenarioName = keyof typeof scenarios;

export function scenario(name: ScenarioName, { name: agent }: { readonly name: string }): Scenario {
  const { of, ...any }: Scenario = scenarios[name];
  return { ...any, ...of?.[agent] };
}
