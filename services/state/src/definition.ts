/** A file that belongs to a document. */
export type DefinitionFile = { readonly path: string; readonly content: Uint8Array };

/** A document with what it includes, and the plan that a compiler made of it. */
export type Definition = {
  readonly namespace: string;
  readonly documentHash: Uint8Array;
  readonly source: string;
  readonly bundle: readonly DefinitionFile[];
  readonly planVersion: number;
  readonly plan: Uint8Array;
};

/** A document as it is read. */
export type StoredDefinition = {
  readonly source: string;
  readonly bundle: readonly DefinitionFile[];
  readonly plan: Uint8Array | undefined;
};

/** Where documents and plans are kept, by their hash: what is there never changes. */
export interface DefinitionStore {
  put(definition: Definition): Promise<void>;
  /** `planVersion` 0: without a plan. */
  get(
    key: Pick<Definition, "namespace" | "documentHash" | "planVersion">,
  ): Promise<StoredDefinition | undefined>;
}
