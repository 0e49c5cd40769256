import { Counter, Gauge, Histogram, Registry } from "prom-client";

/** The metrics whose names operators rely on, and the registry for those that a service adds. */
export type Metrics = {
  readonly registry: Registry;
  readonly requests: Counter<"method" | "code">;
  readonly requestDuration: Histogram<"method">;
  readonly activePipelines: Gauge;
  readonly runs: Counter<"status">;
  readonly steps: Counter<"status" | "kind">;
  readonly stepDuration: Histogram<"kind">;
  readonly queueDepth: Gauge;
  readonly queueOldest: Gauge;
  readonly leaseTakeovers: Counter;
  readonly fencedAppends: Counter;
  readonly commitBatchSize: Histogram;
  readonly modelRequests: Counter<"provider" | "outcome">;
  readonly modelTokens: Counter<"provider" | "direction">;
  readonly modelCost: Counter<"provider">;
  readonly modelLatency: Histogram<"provider">;
};

const FAST_SECONDS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];
const SLOW_SECONDS = [0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800];

/** Creates the metrics of one process. Labels have closed sets of values: no ids, no paths. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  return {
    registry,
    ...callMetrics(registers),
    ...runMetrics(registers),
    ...modelMetrics(registers),
  };
}

function callMetrics(registers: Registry[]) {
  return {
    requests: new Counter({
      name: "orchestrator_requests_total",
      help: "RPCs that this process answered, by method and status code.",
      labelNames: ["method", "code"],
      registers,
    }),
    requestDuration: new Histogram({
      name: "orchestrator_request_duration_seconds",
      help: "Time that RPCs took in this process, streams from their first to their last message.",
      labelNames: ["method"],
      buckets: FAST_SECONDS,
      registers,
    }),
  };
}

function runMetrics(registers: Registry[]) {
  return {
    activePipelines: new Gauge({
      name: "orchestrator_active_pipelines",
      help: "Runs that executors are working on.",
      registers,
    }),
    runs: new Counter({
      name: "orchestrator_runs_total",
      help: "Runs that ended, by status.",
      labelNames: ["status"],
      registers,
    }),
    steps: new Counter({
      name: "orchestrator_steps_total",
      help: "Steps that ended, by status and kind.",
      labelNames: ["status", "kind"],
      registers,
    }),
    stepDuration: new Histogram({
      name: "orchestrator_step_duration_seconds",
      help: "Time from a step's start to its outcome.",
      labelNames: ["kind"],
      buckets: SLOW_SECONDS,
      registers,
    }),
    queueDepth: new Gauge({
      name: "orchestrator_queue_depth",
      help: "Runs that wait for an executor.",
      registers,
    }),
    queueOldest: new Gauge({
      name: "orchestrator_queue_oldest_seconds",
      help: "Age of the run that has waited longest for an executor.",
      registers,
    }),
    leaseTakeovers: new Counter({
      name: "orchestrator_lease_takeovers_total",
      help: "Runs taken from a session that is gone.",
      registers,
    }),
    fencedAppends: new Counter({
      name: "orchestrator_fenced_appends_total",
      help: "Appends refused because the run is not the sender's any more.",
      registers,
    }),
    commitBatchSize: new Histogram({
      name: "orchestrator_commit_batch_size",
      help: "Appends committed in one transaction.",
      buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024],
      registers,
    }),
  };
}

function modelMetrics(registers: Registry[]) {
  return {
    modelRequests: new Counter({
      name: "orchestrator_model_requests_total",
      help: "Calls to models, by provider and outcome.",
      labelNames: ["provider", "outcome"],
      registers,
    }),
    modelTokens: new Counter({
      name: "orchestrator_model_tokens_total",
      help: "Tokens sent to and received from models.",
      labelNames: ["provider", "direction"],
      registers,
    }),
    modelCost: new Counter({
      name: "orchestrator_model_cost_dollars_total",
      help: "What model calls cost, in US dollars.",
      labelNames: ["provider"],
      registers,
    }),
    modelLatency: new Histogram({
      name: "orchestrator_model_latency_seconds",
      help: "Time from a model call to the end of its answer.",
      labelNames: ["provider"],
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160],
      registers,
    }),
  };
}
