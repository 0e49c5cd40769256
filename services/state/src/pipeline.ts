/** A stored version of a pipeline. */
export type Pipeline = {
  readonly name: string;
  /** Counts from 1. */
  readonly version: number;
  readonly documentHash: Uint8Array;
  readonly title: string;
  readonly documentVersion: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly createdAt: Date;
  readonly archivedAt: Date | undefined;
};

/** A version to store. */
export type NewPipeline = Omit<Pipeline, "version" | "createdAt" | "archivedAt"> & {
  readonly namespace: string;
  readonly requestId: string;
};

/** What became of a version to store. */
export type PipelineCreation =
  | { readonly kind: "stored"; readonly pipeline: Pipeline }
  | { readonly kind: "request_id_reused" }
  | { readonly kind: "unknown_definition" };

/** What became of taking a pipeline out of use. */
export type Archival =
  | { readonly kind: "archived"; readonly pipeline: Pipeline }
  | { readonly kind: "request_id_reused" }
  | { readonly kind: "unknown_pipeline" };

/** Where pipelines are kept. */
export interface PipelineStore {
  /** Stores a new version; the newest one stands for the same document, unless it is archived. */
  create(pipeline: NewPipeline): Promise<PipelineCreation>;
  /** `version` 0: the newest. */
  get(namespace: string, name: string, version: number): Promise<Pipeline | undefined>;
  list(page: {
    readonly namespace: string;
    readonly limit: number;
    readonly afterName: string;
    readonly includeArchived: boolean;
  }): Promise<readonly Pipeline[]>;
  /** Takes all versions out of use; a later version brings the name back. */
  archive(request: {
    readonly namespace: string;
    readonly name: string;
    readonly requestId: string;
  }): Promise<Archival>;
}
