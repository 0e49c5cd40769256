import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { FINDING_CODES, RUN_CODES } from "./finding-codes.ts";
import { findingsReference } from "./findings-reference.ts";

const SPECIFIED = {
  error:
    "yaml yaml_unquoted_template auto_unclosed language_version schema missing_key step_kind duplicate_step " +
    "reserved_id unsupported_section unsupported_key unknown_action unknown_tool unknown_operation missing_parameter " +
    "parameter_type unknown_step cycle routing_cycle routing_self routing_backward loop_ambiguous " +
    "loop_variable_unbound undefined_name unknown_filter template_syntax template_unsupported template_security " +
    "global_not_called regex_unsupported condition_syntax secret_misuse include_not_found include_denied " +
    "include_limit output_without_value invalid_schedule parallel_set limit not_yet_supported",
  warning:
    "unknown_key unknown_parameter data_flow_undefined_output duplicate_key duplicate_input integer_precision " +
    "undefined_name_guarded optional_input_unguarded undeclared_input shadowed_name no_effect auto_attribute " +
    "secret_in_prompt version_format unreachable_step",
  info: "implicit_dependency alias handler_note deprecated iterations_as_count",
};

describe("findingsReference", () => {
  it("knows exactly the codes of the language, by severity (L173)", () => {
    for (const [severity, codes] of Object.entries(SPECIFIED)) {
      const known = Object.entries(FINDING_CODES)
        .filter(([, spec]) => spec.severity === severity)
        .map(([code]) => code);
      assert.deepEqual(known.toSorted(), codes.split(" ").toSorted());
    }
  });

  it("has a line for each that says what triggers it (L173)", () => {
    const text = findingsReference();
    for (const code of [...Object.keys(FINDING_CODES), ...Object.keys(RUN_CODES)]) {
      assert.match(text, new RegExp(`^\\| \`${code}\` \\| .{10,} \\|$`, "m"));
    }
  });
});
