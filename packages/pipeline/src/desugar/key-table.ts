/** What the grammar knows of a key in one place. */
export type KeySpec = {
  /** The canonical spelling. */
  readonly key: string;
  /**
   * `acts`: it is read. `inert`: it is known and only described. `none`: warning `no_effect`.
   * `later`: its meaning stands in a rule that is not implemented. `refused`: error `unsupported_key`.
   */
  readonly effect: "acts" | "inert" | "none" | "later" | "refused";
  /** The rule of a `later` key. */
  readonly rule: string;
};

/** The keys of one place, by every spelling. */
export type KeyTable = ReadonlyMap<string, KeySpec>;

/** What a table is made from: words separated by spaces; `a=b` makes `b` another spelling of `a`. */
export type KeyLists = {
  readonly acts: string;
  readonly inert?: string;
  readonly none?: string;
  readonly refused?: string;
  readonly later?: Readonly<Record<string, string>>;
};

/** Make the table of one place. */
export function keyTable({
  acts,
  inert = "",
  none = "",
  refused = "",
  later = {},
}: KeyLists): KeyTable {
  const table = new Map<string, KeySpec>();
  const add = (words: string, effect: KeySpec["effect"], rule = ""): void => {
    for (const word of words.split(" ").filter((text) => text !== "")) {
      const [key = "", ...synonyms] = word.split("=");
      for (const spelling of [key, ...synonyms]) {
        table.set(spelling, { key, effect, rule });
      }
    }
  };
  add(acts, "acts");
  add(inert, "inert");
  add(none, "none");
  add(refused, "refused");
  for (const [rule, words] of Object.entries(later)) {
    add(words, "later", rule);
  }
  return table;
}
