import type { ActionSpec, ParameterSpec } from "@orchestrator/pipeline";

import { optional } from "./parameter.ts";

const text = {
  prompt: optional("prompt", "string", { description: "The instruction." }),
  messages: optional("messages", "array", { description: "A conversation: {role, content}." }),
  text: optional("text", "string", { description: "The text to work on." }),
};

/** Actions that ask a model (L185, L138). */
export const modelActions: readonly ActionSpec[] = [
  {
    name: "generate",
    aliases: ["generate_text", "llm_call", "llm_generate", "llm-generate", "chat"],
    operation: {
      name: "generate",
      aliases: [],
      description: "Asks a model for text.",
      parameters: [text.prompt, text.messages, text.text, ...common({ maxTokens: 1000 })],
      anyOf: [["prompt", "messages", "text"]],
      result: { kind: "any" },
      nature: "model",
      repeatable: true,
    },
  },
  {
    name: "generate_structured",
    aliases: ["generate-structured"],
    operation: {
      name: "generate_structured",
      aliases: [],
      description: "Asks a model for an object that fits a schema.",
      parameters: [
        { ...text.prompt, required: true },
        ...common({ maxTokens: 1000, needsSchema: true }),
      ],
      result: { kind: "any" },
      nature: "model",
      repeatable: true,
    },
  },
  {
    name: "analyze_text",
    aliases: ["analyze", "llm-analyze"],
    operation: {
      name: "analyze_text",
      aliases: [],
      description: "Asks a model about a text.",
      parameters: [
        text.text,
        text.prompt,
        text.messages,
        optional("analysis_type", "string", { description: "What to look for." }),
        ...common({ maxTokens: 2000 }),
      ],
      anyOf: [["text", "prompt", "messages"]],
      result: { kind: "any" },
      nature: "model",
      repeatable: true,
    },
  },
  {
    name: "generate_code",
    aliases: [],
    operation: {
      name: "generate_code",
      aliases: [],
      description: "Asks a model for code; one fence around it is removed.",
      parameters: [
        { ...text.prompt, required: true },
        optional("language", "string", { description: "Programming language." }),
        ...common({ maxTokens: 1000 }),
      ],
      result: { kind: "text" },
      nature: "model",
      repeatable: true,
    },
  },
];

/** L138. */
function common({
  maxTokens,
  needsSchema = false,
}: {
  readonly maxTokens: number;
  readonly needsSchema?: boolean;
}): readonly ParameterSpec[] {
  const schema = optional("schema", "object", {
    description: "JSON Schema of the answer, or {field: type} (L140).",
  });
  return [
    optional("system", "string", {
      aliases: ["system_prompt"],
      description: "What the model is told before the prompt.",
    }),
    optional("model", "model", { description: "The model, or a list tried in order (L134)." }),
    optional("max_tokens", "integer", {
      aliases: ["max_completion_tokens"],
      default: maxTokens,
      description: "Most tokens of the answer.",
    }),
    optional("temperature", "number", { default: 0.7, description: "Randomness of the answer." }),
    optional("top_p", "number", { description: "Share of likely tokens to draw from." }),
    optional("stop", "array", { description: "Texts that end the answer." }),
    optional("seed", "integer", { description: "Seed for a provider that takes one." }),
    optional("response_format", "any", {
      description:
        "Form of the answer: text, json_object, {type: json_schema, …} or a JSON Schema (L139).",
    }),
    { ...schema, required: needsSchema },
    optional("tools", "array", { description: "Tools offered to the model (L142)." }),
    optional("trim", "boolean", {
      default: true,
      description: "Whether surrounding white space is removed.",
    }),
  ];
}
