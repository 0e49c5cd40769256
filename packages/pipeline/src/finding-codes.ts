/** How bad a finding is: an error refuses the document. */
export type Severity = "error" | "warning" | "info";

type CodeSpec = {
  readonly severity: Severity;
  readonly category: string;
  /** What triggers it; the line of the reference. */
  readonly trigger: string;
};

/** Every code of a finding (L173) with its default severity, its group and what triggers it. */
export const FINDING_CODES = {
  yaml: error(
    "document",
    "The text is not one YAML 1.2 mapping of the core schema, or passes a bound of YAML.",
  ),
  yaml_unquoted_template: error(
    "document",
    "A plain scalar begins with `{{` or `{%`, which YAML reads as a mapping.",
  ),
  auto_unclosed: error(
    "document",
    "An `<AUTO …>` tag inside longer text has no closing tag in its own scalar.",
  ),
  language_version: error("document", "`language` names another major version than 1."),
  schema: error("document", "A key holds a value of a shape that it cannot have."),
  missing_key: error("document", "A required key is not there."),
  step_kind: error(
    "step",
    "A step is none or several of the kinds of step, or names a list of tools.",
  ),
  duplicate_step: error("step", "Two steps have the same id."),
  reserved_id: error(
    "step",
    "A step's id is a policy word, a keyword of expressions, or a name that is always bound.",
  ),
  unsupported_section: error("document", "A section whose steps would never run."),
  unsupported_key: error(
    "document",
    "`imports` or `extends`; use file inclusion or a sub-pipeline.",
  ),
  unknown_action: error("step", "No action has this name."),
  unknown_tool: error("step", "No tool has this name."),
  unknown_operation: error("step", "The tool has no such operation, or one must be named."),
  missing_parameter: error(
    "step",
    "A required parameter is not given, and nothing can supply it at run time.",
  ),
  parameter_type: error(
    "step",
    "A literal value does not fit the type or the checks of its parameter or input.",
  ),
  unknown_step: error(
    "graph",
    "A dependency, a jump or an else branch names a step that does not exist.",
  ),
  cycle: error(
    "graph",
    "Steps, inputs or outputs depend on each other in a circle, or one on itself.",
  ),
  routing_cycle: error("graph", "The waiting that a jump brings with it makes a circle."),
  routing_self: error("graph", "A step jumps to itself."),
  routing_backward: error(
    "graph",
    "A jump goes to an earlier step, or to one of another list of steps.",
  ),
  loop_ambiguous: error("loop", "A step has more than one form of loop."),
  loop_variable_unbound: error("loop", "A name that a loop binds is used where no such loop is."),
  undefined_name: error(
    "template",
    "Nothing binds this name, or a closed mapping has no such field.",
  ),
  unknown_filter: error("template", "No filter has this name."),
  template_syntax: error("template", "A template cannot be parsed."),
  template_unsupported: error("template", "A statement of Jinja that is not part of the language."),
  template_security: error("template", "A name or an attribute begins with `_`."),
  global_not_called: error("template", "A function is named without being called."),
  regex_unsupported: error(
    "template",
    "A pattern is not of RE2, for instance because it looks around or back.",
  ),
  condition_syntax: error("template", "A condition is empty, or cannot be parsed."),
  secret_misuse: error("secret", "A secret stands where it may not."),
  include_not_found: error("inclusion", "An included file is not there."),
  include_denied: error("inclusion", "An included file lies outside the folders that may be read."),
  include_limit: error("inclusion", "Inclusion is circular, too deep or too large."),
  output_without_value: error(
    "output",
    "An output has keys of a declaration, but neither `value` nor `source`.",
  ),
  invalid_schedule: error("document", "A schedule cannot be read."),
  parallel_set: error("loop", "`set` stands in a loop whose iterations may overlap."),
  limit: error("limit", "The document passes a limit of the language."),
  not_yet_supported: error(
    "support",
    "A rule that this build does not implement, named with key and rule; a release has none.",
  ),
  unknown_key: warning(
    "document",
    "The grammar does not know a key here; an error when it is nearly a known one.",
  ),
  unknown_parameter: warning(
    "step",
    "The action does not declare a parameter; an error when it is nearly a declared one.",
  ),
  data_flow_undefined_output: warning(
    "data_flow",
    "A result has no such field; an error when the step declares its outputs.",
  ),
  duplicate_key: warning(
    "document",
    "A key is repeated in one mapping, or written in two spellings; one of them wins.",
  ),
  duplicate_input: warning(
    "input",
    "A name stands under both `inputs` and `parameters`; the latter wins.",
  ),
  integer_precision: warning("document", "An integer beyond 2^53 − 1 is read as a double."),
  undefined_name_guarded: warning(
    "template",
    "Nothing binds this name, but the template provides for that.",
  ),
  optional_input_unguarded: warning(
    "template",
    "An optional input without default is used without `default`.",
  ),
  undeclared_input: warning("input", "A supplied input is not declared."),
  shadowed_name: warning("step", "A name hides another one."),
  no_effect: warning("document", "A known key, or a value of it, changes nothing."),
  auto_attribute: warning(
    "model",
    "An attribute of an AUTO tag is not known, and selects nothing.",
  ),
  secret_in_prompt: warning("secret", "A secret stands in what a model is sent."),
  version_format: warning("document", "`version` is not of the form `N.N.N`."),
  unreachable_step: warning("graph", "Every path skips the step."),
  implicit_dependency: info("graph", "A dependency is inferred from a template and not declared."),
  alias: info("document", "An older spelling of a section is read as the canonical one."),
  handler_note: info("step", "Prose as a handler is recorded and not executed."),
  deprecated: info("template", "A function that has a better replacement."),
  iterations_as_count: info("loop", "`iterations` of a loop is read as its count."),
} as const satisfies Readonly<Record<string, CodeSpec>>;

/** A code of a finding. */
export type FindingCode = keyof typeof FINDING_CODES;

/** Codes that submission and runs use, which are no findings of a document (L173). */
export const RUN_CODES = {
  location_missing: "In `warnings` of a run: a tool did not write the step's `location`.",
  missing_output: "In `warnings` of a run: a result lacks a field that its step declares.",
  INPUT_REQUIRED: "Submission: a required input is not supplied.",
  INPUT_INVALID: "Submission: an input does not fit its declaration.",
  SECRET_NOT_FOUND: "Submission: a secret that the document names does not exist.",
  LIMIT_EXCEEDED: "Submission: the inputs pass a limit.",
} as const;

function error(category: string, trigger: string): CodeSpec & { readonly severity: "error" } {
  return { severity: "error", category, trigger };
}

function warning(category: string, trigger: string): CodeSpec & { readonly severity: "warning" } {
  return { severity: "warning", category, trigger };
}

function info(category: string, trigger: string): CodeSpec & { readonly severity: "info" } {
  return { severity: "info", category, trigger };
}
