import { parentPort } from "node:worker_threads";

import { type LoadedPlan, openPlan, type Plan } from "@orchestrator/pipeline";
import { type DataJob, type DataOutcome, runDataJob } from "@orchestrator/tools";

import { type RenderedJob, renderJob, type RenderJob } from "../render-job.ts";

/** What a thread is asked for; `plan` comes with the first job that needs it. */
export type Request = {
  readonly work:
    | { readonly kind: "render"; readonly job: RenderJob }
    | { readonly kind: "compute"; readonly job: DataJob };
  readonly plan: Plan | undefined;
};

/** What it answers. */
export type Answer =
  | {
      readonly kind: "done";
      readonly result:
        | { readonly kind: "rendered"; readonly rendered: RenderedJob }
        | { readonly kind: "computed"; readonly outcome: DataOutcome };
    }
  | { readonly kind: "failed"; readonly message: string };

/** Plans by hash; a thread does not live long enough to have many. */
const plans = new Map<string, LoadedPlan>();

parentPort?.on("message", (request: Request) => {
  parentPort?.postMessage(answerOrFailure(request));
});

function answerOrFailure(request: Request): Answer {
  try {
    return answer(request);
  } catch (error) {
    return { kind: "failed", message: error instanceof Error ? error.message : String(error) };
  }
}

function answer({ work, plan }: Request): Answer {
  if (work.kind === "compute") {
    return { kind: "done", result: { kind: "computed", outcome: runDataJob(work.job) } };
  }
  if (plan !== undefined) {
    plans.set(plan.documentHash, openPlan(plan));
  }
  const loaded = plans.get(work.job.plan.documentHash);
  if (loaded === undefined) {
    return { kind: "failed", message: "the thread does not know the plan" };
  }
  const rendered = renderJob(work.job, loaded);
  return { kind: "done", result: { kind: "rendered", rendered } };
}
