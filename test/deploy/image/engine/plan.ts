/** What the stand-in for a container engine is to start, ask and stop; handed over as JSON. */
export type Plan = {
  /** Root of a mounted image. */
  readonly rootfs: string;
  /** For logs, and what containers mount; removed by who made it. */
  readonly scratch: string;
  /** Started in this order, each when those before are healthy or, if they end by themselves, have ended. */
  readonly containers: readonly ContainerPlan[];
  readonly questions: readonly Question[];
};

/** One container: of the image, or (`host`) a server of this machine that stands in for an image that cannot be had. */
export type ContainerPlan = {
  readonly name: string;
  /** The name by which others find it, shared by its replicas. */
  readonly service: string;
  readonly kind: "image" | "host";
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly mounts: readonly Mount[];
  /** Asked within, until it answers with 0; without one the container is to end with 0. */
  readonly healthcheck: readonly string[] | undefined;
};

export type Mount =
  | { readonly kind: "tmpfs"; readonly target: string; readonly options: string }
  | {
      readonly kind: "bind";
      readonly source: string;
      readonly target: string;
      readonly readOnly: boolean;
    };

/** A command that is run in a container when all are healthy. */
export type Question = { readonly container: string; readonly command: readonly string[] };

export type Answer = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** What came of a plan. */
export type Outcome = {
  /** From the start of its process until it was healthy, or had ended, in milliseconds. */
  readonly startMs: Readonly<Record<string, number>>;
  readonly answers: readonly Answer[];
  /** How each ended after SIGTERM, and how long that took. */
  readonly ends: Readonly<Record<string, { readonly code: number; readonly ms: number }>>;
};
