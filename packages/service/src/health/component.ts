/** Something that a service needs, and how to see that it is there. */
export type Component = {
  /** As `/health` shows it: `database`, `cache`. */
  readonly name: string;
  /** Without a required component the service is not ready; without an optional one it is degraded. */
  readonly required: boolean;
  /** Resolves when the component works, throws what is wrong with it when it does not. */
  readonly check: (signal: AbortSignal) => Promise<void>;
};
