import type { DataJob, DataOutcome } from "@orchestrator/tools";

import type { RenderedJob, RenderJob } from "./render-job.ts";

/** Does what would hold up the event loop for more than a few milliseconds: in worker threads. */
export interface HeavyWork extends AsyncDisposable {
  render(job: RenderJob, signal: AbortSignal): Promise<RenderedJob>;
  compute(job: DataJob, signal: AbortSignal): Promise<DataOutcome>;
}
