/** A rule broken by one edit of one file. */
export type Mutation = {
  /** `L46`: the rule, one of whose cases must tell. */
  readonly rule: string;
  /** What is wrong then. */
  readonly name: string;
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replacement: string;
};
