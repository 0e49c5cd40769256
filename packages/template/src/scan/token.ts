/** A piece of an expression with its place in the source. */
export type Token =
  | {
      readonly kind: "name";
      readonly text: string;
      /** Written with a `$` before it (L62). */
      readonly dollar: boolean;
      readonly start: number;
      readonly end: number;
    }
  | {
      readonly kind: "number";
      readonly text: string;
      readonly value: number;
      /** An integer beyond 2^53 − 1 (L3). */
      readonly imprecise: boolean;
      readonly start: number;
      readonly end: number;
    }
  | {
      readonly kind: "string";
      /** As written, quotes included. */
      readonly text: string;
      readonly value: string;
      /** L75: what a string of a condition is put together from, when it holds `{{ }}`. */
      readonly parts: readonly StringPart[] | null;
      readonly start: number;
      readonly end: number;
    }
  | {
      readonly kind: "operator";
      readonly text: string;
      readonly start: number;
      readonly end: number;
    }
  | { readonly kind: "end"; readonly text: ""; readonly start: number; readonly end: number };

/** Text, or the tokens of an expression whose text stands here. */
export type StringPart = string | readonly Token[];
