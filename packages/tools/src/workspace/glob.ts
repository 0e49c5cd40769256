/** A glob made ready: matching takes time linear in pattern × path, whatever the pattern is. */
export type Glob = {
  /** Directory below which everything lies that can match; empty for the start. */
  readonly base: string;
  /** Names below the start that a match has at most. */
  readonly depth: number;
  matches(path: string): boolean;
};

/** A glob that cannot be used, and why. */
export type ParsedGlob =
  | { readonly kind: "glob"; readonly glob: Glob }
  | { readonly kind: "refused"; readonly message: string };

const MAX_CHARACTERS = 1_000;
const MAX_ALTERNATIVES = 256;

/**
 * Reads a glob: `*` and `?` within a name, `**` for any number of names, `[a-z]`, `[!a]`, `{a,b}`, and `\` before a
 * character that is meant as such. Unless `dot`, a wildcard does not match a dot that begins a name.
 */
export function parseGlob(
  text: string,
  { dot = false }: { readonly dot?: boolean } = {},
): ParsedGlob {
  if (text.length > MAX_CHARACTERS) {
    return { kind: "refused", message: `glob has more than ${MAX_CHARACTERS} characters` };
  }
  const alternatives = braces(text);
  if (alternatives === undefined) {
    return { kind: "refused", message: `glob has more than ${MAX_ALTERNATIVES} alternatives` };
  }
  const patterns = alternatives.map((each) => segments(each).map((name) => tokens(name)));
  const bases = alternatives.map((each) => plainPrefix(segments(each)));
  const [first = ""] = bases;
  return {
    kind: "glob",
    glob: {
      base: bases.every((each) => each === first) ? first : "",
      depth: Math.max(...patterns.map(depthOf)),
      matches: (path) => {
        const names = segments(path);
        return patterns.some((pattern) => matchNames(pattern, names, dot));
      },
    },
  };
}

type Token =
  | { readonly kind: "character"; readonly character: string }
  | { readonly kind: "any" | "star" }
  | {
      readonly kind: "class";
      readonly ranges: readonly (readonly [string, string])[];
      readonly negated: boolean;
    };
/** The pattern of one name; `**` for any number of names. */
type Segment = "**" | readonly Token[];

function segments(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}

function plainPrefix(names: readonly string[]): string {
  const wild = names.findIndex((name) => /[*?[\\]/.test(name));
  // A plain path is its own match: its directory is the base.
  return names.slice(0, wild === -1 ? -1 : wild).join("/");
}

function depthOf(pattern: readonly Segment[]): number {
  return pattern.includes("**") ? Number.POSITIVE_INFINITY : pattern.length;
}

function braces(text: string): string[] | undefined {
  const done: string[] = [];
  let open = [text];
  while (open.length > 0) {
    const next: string[] = [];
    for (const each of open) {
      const group = innermostGroup(each);
      if (group === undefined) {
        done.push(each);
      } else {
        next.push(...group);
      }
    }
    if (done.length + next.length > MAX_ALTERNATIVES) {
      return undefined;
    }
    open = next;
  }
  return done;
}

/** The texts that come of one `{a,b}` without further braces in it; undefined when there is none. */
function innermostGroup(text: string): string[] | undefined {
  const group = /(?<!\\)\{([^{}]*,[^{}]*)\}/.exec(text);
  if (group === null) {
    return undefined;
  }
  const before = text.slice(0, group.index);
  const after = text.slice(group.index + group[0].length);
  return (group[1] ?? "").split(",").map((choice) => before + choice + after);
}

function tokens(name: string): Segment {
  if (name === "**") {
    return "**";
  }
  const found: Token[] = [];
  const characters = Array.from(name);
  for (let i = 0; i < characters.length; i += 1) {
    const character = characters[i] ?? "";
    const end = character === "[" ? classEnd(characters, i) : -1;
    if (end !== -1) {
      found.push(classToken(characters.slice(i + 1, end)));
      i = end;
    } else if (character === "*") {
      found.push({ kind: "star" });
    } else if (character === "?") {
      found.push({ kind: "any" });
    } else if (character === "\\" && i + 1 < characters.length) {
      i += 1;
      found.push({ kind: "character", character: characters[i] ?? "" });
    } else {
      found.push({ kind: "character", character });
    }
  }
  return found;
}

function classEnd(characters: readonly string[], start: number): number {
  // A bracket that stands first is a member.
  const first = ["!", "^"].includes(characters[start + 1] ?? "") ? start + 2 : start + 1;
  return characters.indexOf("]", first + 1);
}

function classToken(inside: readonly string[]): Token {
  const negated = inside[0] === "!" || inside[0] === "^";
  const members = negated ? inside.slice(1) : inside;
  const ranges: (readonly [string, string])[] = [];
  for (let i = 0; i < members.length; i += 1) {
    const low = members[i] ?? "";
    const isRange = members[i + 1] === "-" && i + 2 < members.length;
    ranges.push([low, isRange ? (members[i + 2] ?? low) : low]);
    i += isRange ? 2 : 0;
  }
  return { kind: "class", ranges, negated };
}

/** Which patterns reach which names, row by row: time is their product. */
function matchNames(pattern: readonly Segment[], names: readonly string[], dot: boolean): boolean {
  // At i: whether the part of the pattern so far matches the first i names.
  let reached = [true, ...names.map(() => false)];
  for (const segment of pattern) {
    reached =
      segment === "**"
        ? throughAny(reached, names, dot)
        : throughOne(reached, names, { segment, dot });
  }
  return reached.at(-1) ?? false;
}

function throughAny(
  reached: readonly boolean[],
  names: readonly string[],
  dot: boolean,
): boolean[] {
  const next = [reached[0] ?? false];
  for (const [i, name] of names.entries()) {
    const takes = (next[i] ?? false) && (dot || !name.startsWith("."));
    next.push(takes || (reached[i + 1] ?? false));
  }
  return next;
}

function throughOne(
  reached: readonly boolean[],
  names: readonly string[],
  { segment, dot }: { readonly segment: readonly Token[]; readonly dot: boolean },
): boolean[] {
  return [false, ...names.map((name, i) => (reached[i] ?? false) && matchName(segment, name, dot))];
}

/** Going back to the last star only is enough, since what an earlier one could take, the last one can too. */
function matchName(pattern: readonly Token[], name: string, dot: boolean): boolean {
  if (!dot && name.startsWith(".") && pattern[0]?.kind !== "character") {
    return false;
  }
  const characters = Array.from(name);
  let p = 0;
  let star = -1;
  let taken = 0;
  for (let i = 0; i < characters.length;) {
    const token = pattern[p];
    if (token?.kind === "star") {
      star = p;
      taken = i;
      p += 1;
    } else if (token !== undefined && matchCharacter(token, characters[i] ?? "")) {
      p += 1;
      i += 1;
    } else if (star === -1) {
      return false;
    } else {
      taken += 1;
      i = taken;
      p = star + 1;
    }
  }
  return pattern.slice(p).every((token) => token.kind === "star");
}

function matchCharacter(token: Token, character: string): boolean {
  switch (token.kind) {
    case "character":
      return token.character === character;
    case "any":
    case "star":
      return true;
    case "class":
      return (
        token.ranges.some(([low, high]) => low <= character && character <= high) !== token.negated
      );
  }
}
