interface Rule {
  readonly targets: readonly string[];
  readonly needs: readonly string[];
  readonly lines: string[];
}

/** A makefile as far as it says what a target does: its rules, and all lines outside of rules. */
interface Makefile {
  readonly rules: readonly Rule[];
  /** Variables, conditions, inclusions and definitions, on which any rule may depend. */
  readonly common: readonly string[];
}

const header = /^([^\t#=:][^=:]*?)\s*::?(?!=)\s*(.*)$/;

/**
 * Reads the lines of a makefile that decide what `make TARGET` does: the target's rules, those of
 * all it needs, pattern rules, and all lines outside of rules. Other targets' rules are left out. A
 * target named by a variable cannot be told apart, so every rule counts then.
 */
export function readMakeTarget(text: string, target: string): string | undefined {
  const { rules, common } = parse(text);
  if (!rules.some(({ targets }) => targets.includes(target))) return undefined;
  const wanted = new Set([target]);
  for (let size = 0; size !== wanted.size; ) {
    size = wanted.size;
    for (const { targets, needs } of rules) {
      if (targets.some((name) => wanted.has(name))) for (const need of needs) wanted.add(need);
    }
  }
  const isUnclear = [...wanted].some((name) => name.includes("$("));
  const counts = ({ targets }: Rule): boolean =>
    targets.some((name) => isUnclear || wanted.has(name) || /[%$]/.test(name));
  return [...common, ...rules.filter(counts).flatMap(({ lines }) => lines)].join("\n");
}

function parse(text: string): Makefile {
  const rules: Rule[] = [];
  const common: string[] = [];
  let open: Rule | undefined;
  for (const line of text.replace(/\\\r?\n[ \t]*/g, " ").split(/\r?\n/)) {
    const clean = line.trimEnd();
    if (/^\s*(?:#|$)/.test(clean)) continue;
    if (clean.startsWith("\t") && open !== undefined) {
      open.lines.push(clean);
      continue;
    }
    const [, targets = "", needs = ""] = header.exec(clean) ?? [];
    open = undefined;
    if (targets === "") {
      common.push(clean);
    } else if (targets.trim() !== ".PHONY") {
      open = { targets: words(targets), needs: words(needs.replace(/;.*/, "")), lines: [clean] };
      rules.push(open);
    }
  }
  return { rules, common };
}

const words = (text: string): readonly string[] =>
  text.split(/[\s|]+/).filter((word) => word !== "");
