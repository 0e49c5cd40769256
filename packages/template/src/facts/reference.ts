/** A name that an expression reads from outside the template (L44). */
export type Reference = {
  readonly root: string;
  /** What is read of it, as far as it is known; null stands for a computed key. */
  readonly path: readonly (string | number | null)[];
  readonly offset: number;
  /** L56: the same text also asks whether the name is there, or gives a default for it. */
  readonly guarded: boolean;
  /** Written `$name`. */
  readonly dollar: boolean;
  /** A method of it is called. */
  readonly called: boolean;
};
