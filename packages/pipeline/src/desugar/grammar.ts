// The keys of every place of a document: L19, L20, L29, L41, L88–L89. `a=b`: b is another spelling of a.
import { keyTable } from "./key-table.ts";

/** Keys of a document (L15, L19). */
export const DOCUMENT_KEYS = keyTable({
  acts:
    "id name description version metadata language inputs parameters outputs steps config data variables " +
    "context defaults timeout max_parallel priority labels tags secrets budget model retry " +
    "on_failure",
  none: "type author resources monitoring optimization error_handling checkpointing notifications",
  refused: "imports extends",
  later: {
    L95: "global_error_handlers=error_handlers",
    L159: "concurrency",
    L161: "schedule",
  },
});

/** Keys of `defaults` (L19). */
export const DEFAULTS_KEYS = keyTable({
  acts: "timeout total_timeout heartbeat_timeout retry retry_config max_attempts max_retries on_failure model",
  later: { L158: "cache" },
});

/** Keys of a step (L41). */
export const STEP_KEYS = keyTable({
  acts:
    "id metadata action tool parameters=inputs=with dependencies=depends_on condition=if else goto on_false " +
    "on_success on_failure continue_on_error timeout total_timeout heartbeat_timeout max_attempts max_retries " +
    "retry retry_config idempotent model requires_model output_schema produces location format size_limit artifacts " +
    "priority resource_limits outputs labels sensitive=secret description for_each=foreach while until steps " +
    "parallel max_parallel=max_concurrent max_iterations on_max_iterations add_completion_task min_success_rate " +
    "loop_var=as loop_name action_loop while_condition break_on_error iteration_timeout",
  inert: "name output_description",
  none: "resources checkpoint recovery",
  later: {
    L95: "on_error error_handlers",
    L101: "error_handling",
    L102: "compensate",
    L105: "on",
    L123: "create_parallel_queue",
    L144: "pipeline",
    L158: "cache=cache_results cache_ttl",
    L159: "concurrency",
    L219: "distribute",
  },
});

/** Keys of an input's declaration (L20). */
export const INPUT_KEYS = keyTable({
  acts:
    "type required default enum=choices=options min=minimum max=maximum range min_length max_length pattern " +
    "min_items max_items items properties schema template validation description sensitive=secret",
  inert: "example=examples",
});

/** Keys of the `validation` of an input (L20). */
export const VALIDATION_KEYS = keyTable({
  acts:
    "enum=choices=options=allowed_values min=minimum max=maximum range min_length max_length pattern " +
    "min_items max_items items properties schema item_type required",
});

/** Keys of an output's object form (L29). */
export const OUTPUT_KEYS = keyTable({
  acts: "value=source type location schema sensitive=secret",
  inert: "description format",
});

/** Keys of `retry` and `retry_config` (L88, L89). */
export const RETRY_KEYS = keyTable({
  acts:
    "max_attempts max_retries backoff=backoff_strategy=strategy initial_interval=initial_delay=delay=retry_delay " +
    "multiplier=backoff_factor increment max_interval=max_delay jitter retry_on no_retry_on",
});

/** Keys of `requires_model` (L137). */
export const REQUIRES_MODEL_KEYS = keyTable({
  acts:
    "min_size max_size expertise capabilities modalities max_latency_ms min_tokens_per_second min_accuracy_score " +
    "cost_limit budget_period preferred excluded fallback_strategy",
});

/** Keys of `budget` (L143). */
export const BUDGET_KEYS = keyTable({ acts: "usd tokens" });

/** Keys of `resource_limits` (L41). */
export const RESOURCE_KEYS = keyTable({ acts: "memory_mb cpu_seconds output_kb" });

/** Keys of an entry of `artifacts` (L36). */
export const ARTIFACT_KEYS = keyTable({ acts: "glob optional" });

/** Top-level sections that are read under another name (L15). */
export const SECTION_ALIASES: ReadonlyMap<string, string> = new Map([
  ["tasks", "steps"],
  ["enhanced_inputs", "inputs"],
  ["enhanced_outputs", "outputs"],
]);

/** Sections whose steps would never run (L15). */
export const DEAD_SECTIONS: readonly string[] = ["advanced_steps", "enhanced_steps"];
