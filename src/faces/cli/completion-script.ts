import { assertNever } from "../../ground/errors.ts";
import type { CompletionOption, CompletionTree, CompletionVerb } from "./completion-tree.ts";

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

/** The completion script of a shell. Only names of tracks are asked for at run time. Pure. */
export function completionScript(shell: Shell, tree: CompletionTree): string {
  switch (shell) {
    case "bash":
      return bashScript(tree);
    case "zsh":
      return zshScript(tree);
    case "fish":
      return fishScript(tree);
    default:
      return assertNever(shell);
  }
}

const namesOf = ({ short, long }: CompletionOption): readonly string[] =>
  [short, long].filter((name) => name !== undefined);

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

function bashScript({ global, verbs }: CompletionTree): string {
  const valued = [...global, ...verbs.flatMap(({ options }) => options)].filter(
    ({ takesValue }) => takesValue,
  );
  const values = [...new Set(valued.flatMap(namesOf))].sort();
  const cases = verbs.map((verb) => {
    const choices = verb.options
      .filter(({ words }) => words.length > 0)
      .map(
        (option) =>
          `        ${namesOf(option).join("|")}) words=${quoted(option.words.join(" "))} ;;\n`,
      );
    const options = [...verb.options, ...global].flatMap(namesOf);
    const operands = verb.tracks ? "$(pleach complete-tracks 2>/dev/null)" : verb.words.join(" ");
    return `    ${verb.name})
      case $previous in
${choices.join("")}        *) if [[ $current == -* ]]; then words=${quoted(options.join(" "))}; else words="${operands}"; fi ;;
      esac ;;
`;
  });
  const first = [...verbs.map(({ name }) => name), ...global.flatMap(namesOf)].join(" ");
  return `# bash completion for pleach
_pleach() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} verb= words= i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
      ${values.join("|")}) ((i++)) ;;
      -*) ;;
      *) verb=\${COMP_WORDS[i]}; break ;;
    esac
  done
  case $verb in
    '') words=${quoted(first)} ;;
${cases.join("")}  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -o default -F _pleach pleach
`;
}

function zshScript({ global, verbs }: CompletionTree): string {
  const cases = verbs.map((verb) => {
    const specs = [...verb.options, ...global].flatMap(zshOption);
    return `        ${verb.name}) _arguments -s ${[...specs, ...zshOperands(verb)].join(" ")} ;;\n`;
  });
  const names = verbs.map(({ name, summary }) =>
    quoted(`${name}:${summary.replaceAll(":", "\\:")}`),
  );
  return `#compdef pleach
_pleach_tracks() {
  local -a tracks
  tracks=(\${(f)"$(pleach complete-tracks 2>/dev/null)"})
  compadd -a tracks
}
_pleach() {
  local context state line
  typeset -A opt_args
  _arguments -C ${global.flatMap(zshOption).join(" ")} '1: :->verb' '*:: :->rest'
  case $state in
    verb)
      local -a verbs
      verbs=(${names.join(" ")})
      _describe 'verb' verbs ;;
    rest)
      case $line[1] in
${cases.join("")}      esac ;;
  esac
}
if [ "$funcstack[1]" = _pleach ]; then _pleach "$@"; else compdef _pleach pleach; fi
`;
}

function zshOption(option: CompletionOption): readonly string[] {
  const help = option.help.replace(/[[\]:]/g, "\\$&");
  const takes = option.takesValue ? `:value:${zshWords(option.words)}` : "";
  return namesOf(option).map((name) => quoted(`${name}[${help}]${takes}`));
}

const zshWords = (words: readonly string[]): string =>
  words.length === 0 ? "_files" : `(${words.join(" ")})`;

function zshOperands({ tracks, words }: CompletionVerb): readonly string[] {
  if (tracks) return [quoted("*:track:_pleach_tracks")];
  return [quoted(`*: :${zshWords(words)}`)];
}

function fishScript({ global, verbs }: CompletionTree): string {
  const lines = [
    ...global.map((option) => `complete -c pleach ${fishOption(option)}`),
    ...verbs.map(
      ({ name, summary }) =>
        `complete -c pleach -n __fish_use_subcommand -f -a ${name} -d ${fishQuoted(summary)}`,
    ),
    ...verbs.flatMap((verb) => {
      const within = `complete -c pleach -n '__fish_seen_subcommand_from ${verb.name}'`;
      return [
        ...verb.options.map((option) => `${within} ${fishOption(option)}`),
        ...(verb.tracks ? [`${within} -f -a '(pleach complete-tracks 2>/dev/null)'`] : []),
        ...(verb.words.length > 0 ? [`${within} -f -a '${verb.words.join(" ")}'`] : []),
      ];
    }),
  ];
  return `# fish completion for pleach\n${lines.join("\n")}\n`;
}

function fishOption({ short, long, help, takesValue, words }: CompletionOption): string {
  return [
    ...(short === undefined ? [] : [`-s ${short.slice(1)}`]),
    ...(long === undefined ? [] : [`-l ${long.slice(2)}`]),
    ...(takesValue ? ["-r"] : []),
    ...(words.length > 0 ? [`-f -a '${words.join(" ")}'`] : []),
    `-d ${fishQuoted(help)}`,
  ].join(" ");
}

const fishQuoted = (text: string): string =>
  `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
