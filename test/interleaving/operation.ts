import type { Sql } from "@orchestrator/postgres";

import type { World } from "./world.ts";

/** What a statement says that it did, in words that need no model to be judged. */
export type Fact =
  | {
      readonly kind: "granted";
      readonly run: string;
      readonly session: number;
      readonly epoch: number;
    }
  | {
      readonly kind: "appended";
      readonly run: string;
      readonly session: number;
      readonly epoch: number;
      readonly fromSeq: number;
      readonly toSeq: number;
      readonly status: number;
      readonly inboxSeq: number;
      /** One of its events says that the run came further. */
      readonly isProgress: boolean;
    }
  | {
      readonly kind: "stored";
      readonly run: string;
      readonly inboxSeq: number;
      readonly isCancel: boolean;
    }
  | {
      readonly kind: "created";
      readonly run: string;
      readonly request: string;
      /** 0 for none. */
      readonly session: number;
    }
  | { readonly kind: "freed"; readonly run: string }
  | { readonly kind: "taken_over"; readonly run: string; readonly status: number }
  | {
      readonly kind: "given_up";
      readonly run: string;
      readonly session: number;
      readonly epoch: number;
      readonly status: number;
    }
  | { readonly kind: "woken"; readonly run: string }
  | { readonly kind: "beat"; readonly session: number }
  | { readonly kind: "leased"; readonly session: number }
  | { readonly kind: "died"; readonly session: number; readonly of: "lease" | "request" }
  | { readonly kind: "settled"; readonly session: number }
  | { readonly kind: "lapsed"; readonly session: number };

/** One thing that an operation did, under the key by which the model knows it. */
export type Effect = { readonly key: string; readonly fact: Fact };

/** What statements lock several rows of. */
export type Lockable = "runs" | "sessions";

/** Statements of the state service that make one transaction, and what the model says of them. */
export type Operation = {
  readonly name: string;
  /** It passes over rows that others have locked, so it may leave undone what it could do. */
  readonly skips?: boolean;
  /** It is more than one statement, and so in need of a transaction even when nothing overlaps it. */
  readonly isTransaction?: boolean;
  /** It must never wait for another transaction. */
  readonly neverWaits?: boolean;
  /** It locks several of these, in an order that all keep to. */
  readonly locks?: Lockable;
  /** It does no more than so many things. */
  readonly limit?: number;
  readonly perform: (sql: Sql) => Promise<readonly Effect[]>;
  /** What it may do something to. */
  readonly keys: (world: World) => readonly string[];
  /** Whether it does something to this in this world. */
  readonly possible: (world: World, key: string) => boolean;
  /** The world after one of its effects, where that is what it does there. */
  readonly apply: (world: World, effect: Effect) => World | undefined;
  /** What the service asks when something was left undone, in a transaction of its own. */
  readonly look?: (sql: Sql, refused: readonly string[]) => Promise<ReadonlyMap<string, string>>;
  /** What the answer is in this world. */
  readonly explain?: (world: World, key: string) => string;
};

/** A run's id as bytes, for parameters. */
export function bytesOf(run: string): Uint8Array {
  return Buffer.from(run, "hex");
}

/** A run's id as the model has it. */
export function hexOf(runId: Uint8Array): string {
  return Buffer.from(runId).toString("hex");
}
