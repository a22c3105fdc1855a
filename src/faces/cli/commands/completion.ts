import { ExitCode } from "../../../ground/errors.ts";
import { completionScript, shells } from "../completion-script.ts";
import { completionTree } from "../completion-tree.ts";
import { requiredChoice, verb } from "../verb.ts";

export const completionVerb = verb({
  args: { shell: requiredChoice("shell", "whose script to print", shells) },
  options: {},
  examples: [
    ["pleach completion bash > ~/.local/share/bash-completion/completions/pleach", "bash"],
    ["pleach completion zsh > ~/.zfunc/_pleach", "zsh, with ~/.zfunc in $fpath"],
    ["pleach completion fish > ~/.config/fish/completions/pleach.fish", "fish"],
  ],
  run: async ({ out, commandTree }, { shell }) => {
    const tree = completionTree(await commandTree());
    out.text(completionScript(shell, tree).trimEnd());
    return ExitCode.ok;
  },
});
