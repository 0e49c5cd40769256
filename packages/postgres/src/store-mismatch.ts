/** Says that a store was written by another version of this program. */
export class StoreMismatch extends Error {
  override name = "StoreMismatch";

  constructor(schema: string, problem: string) {
    super(`the schema ${schema} does not fit this program: ${problem}`);
  }
}
