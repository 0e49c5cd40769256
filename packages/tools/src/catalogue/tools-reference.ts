import {
  type ActionSpec,
  type FieldType,
  LATER_WORDS,
  type OperationSpec,
  type ParameterSpec,
  type ResultSpec,
  type ToolSpec,
} from "@orchestrator/pipeline";

import { catalogue } from "./catalogue.ts";

const NATURES: Readonly<Record<OperationSpec["nature"], string>> = {
  deterministic: "Its result depends on its parameters and the workspace only",
  model: "Asks a model",
  network: "Uses the network",
  person: "Waits for a person",
  program: "Runs a program of the host, where `tools.host_processes` allows it",
};

/** The text of `docs/reference/tools.md`, made from the catalogue. */
export function toolsReference(): string {
  return `# Tools and actions

Generated from \`packages/tools/src/catalogue\` by \`npm run generate\`.

A step calls a tool with \`tool\` and \`action\`, an action without a tool with \`action\` alone. Names are compared
without case, and \`_\` is \`-\`. An attempt that was lost with its executor is made again where the operation is
repeatable; else the step fails with ATTEMPT_LOST. Rules (L…) are those of the language.

${catalogue.tools.map(toolText).join("\n")}
${catalogue.actions.map(actionText).join("\n")}
## Not here yet

Names of the language that a document may not use yet; the compiler refuses them as \`not_yet_supported\`.

| name | rule |
|---|---|
${[...LATER_WORDS].map(([name, rule]) => `| \`${name}\` | ${rule} |`).join("\n")}
`;
}

function toolText({ name, aliases, description, operations, defaultOperation }: ToolSpec): string {
  const lines = [description, ...also(aliases)];
  if (defaultOperation !== undefined) {
    lines.push(`Without an operation it does \`${defaultOperation}\`.`);
  }
  const parts = operations.map((operation) =>
    operationText(`${name}: ${operation.name}`, operation),
  );
  return `## ${name}\n\n${lines.join(" ")}\n\n${parts.join("\n")}`;
}

function actionText({ name, aliases, operation }: ActionSpec): string {
  return operationText(`action ${name}`, { ...operation, aliases });
}

function operationText(title: string, operation: OperationSpec): string {
  const { aliases, description, parameters, anyOf = [], result } = operation;
  const groups = anyOf.map((names) => ` One of ${codes(names)} must be given.`).join("");
  const traits = `${NATURES[operation.nature]}; ${repeatText(operation)}.`;
  const given =
    parameters.length === 0
      ? ""
      : `\n| parameter | type | default | |\n|---|---|---|---|\n${parameters.map(parameterRow).join("\n")}\n`;
  const text = [description, ...also(aliases), traits].join(" ");
  return `### ${title}\n\n${text}${groups}\n${given}\n${resultText(result)}\n`;
}

function repeatText({ repeatable }: OperationSpec): string {
  if (typeof repeatable === "boolean") {
    return repeatable ? "repeatable" : "not repeatable";
  }
  const { parameter, is } = repeatable.unless;
  return `repeatable unless \`${parameter}\` is \`${JSON.stringify(is)}\``;
}

function parameterRow({
  name,
  aliases,
  type,
  required,
  default: fallback,
  description,
}: ParameterSpec): string {
  const names = [`\`${name}\``, ...aliases.map((alias) => `\`${alias}\``)].join(", ");
  const value = fallback === undefined ? "" : `\`${JSON.stringify(fallback)}\``;
  return `| ${names} | ${typeText(type)} | ${required ? "required" : value} | ${cell(description)} |`;
}

function typeText(type: FieldType): string {
  return type.kind === "enum" ? codes(type.values) : type.kind;
}

function resultText(result: ResultSpec): string {
  switch (result.kind) {
    case "text":
      return "The result is a text.";
    case "any":
      return "The result may be anything.";
    case "object": {
      const rows = result.fields.map(
        ({ name, description }) => `| \`${name}\` | ${cell(description)} |`,
      );
      const more = result.open ? ["", "Other fields depend on the call."] : [];
      return ["| field of the result | |", "|---|---|", ...rows, ...more].join("\n");
    }
  }
}

function also(aliases: readonly string[]): readonly string[] {
  return aliases.length === 0 ? [] : [`Also ${codes(aliases)}.`];
}

function codes(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(", ");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
