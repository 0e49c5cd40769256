import { assembleSettings } from "./read-settings.ts";
import { NO_FILE } from "./settings-file.ts";
import { type SettingDefinition, SettingsReader } from "./settings-reader.ts";

/** Names that users choose, given here so that the reader asks for what stands under them. */
const FREE_NAMES = { "models.providers.<name>.kind": "openai", "models.aliases.<name>": "p/m" };

/** The text of `docs/reference/configuration.md`, made from what the reader asks for. */
export function configurationReference(): string {
  const settings = settingDefinitions();
  return `# Configuration

Generated from the settings reader of \`packages/service\` by \`npm run generate\`.

A process reads one YAML file and its environment. \`ORCHESTRATOR_CONFIG_PATH\` names the file; without it,
\`ORCHESTRATOR_ENV\` (default \`development\`) picks \`config/<env>.yaml\` of the installation. Later sources win:
defaults, file, environment, flags. Relative paths start in the current directory.

In values of the file, \`\${NAME}\` is replaced by a variable, \`\${NAME:-text}\` by text where it is not set, and
\`\${NAME:?message}\` refuses to start without it; \`$$\` is a dollar sign. An empty text counts as not given. A
variable that holds a secret has a twin, \`<NAME>_FILE\`, which names a file that holds it. An unknown key is an error
that names the nearest known one. \`OTEL_*\` variables mean what OpenTelemetry says. \`orchestrator config check\`
says what is wrong with a file, \`orchestrator config print\` what a process would read.

| key | environment | value | default | what it does |
|---|---|---|---|---|
${settings.map(rowOf).join("\n")}

## Accepted, but without effect yet

A process that is given one of these says so in its log when it starts.

| setting | waits for |
|---|---|
${settings.flatMap(waitingRowOf).join("\n")}
`;
}

/** Every setting that there is, once; names that users choose stand as `<name>`. */
export function settingDefinitions(): readonly SettingDefinition[] {
  const read = new SettingsReader({ file: NO_FILE, env: {}, flags: FREE_NAMES });
  assembleSettings(read, "/");
  return read.definitions.filter((setting, _, all) => isWorthARow(setting, all));
}

/** What a name of the language's own shares with a free one needs no second row, unless a variable sets it. */
function isWorthARow(setting: SettingDefinition, all: readonly SettingDefinition[]): boolean {
  const { key = "", env } = setting;
  const general = key.replace(
    /^(models\.(?:providers\.)?)(?:openai|anthropic|google|ollama)\./,
    "$1<name>.",
  );
  return general === key || env.length > 0 || all.every((other) => other.key !== general);
}

function rowOf({
  key,
  env,
  accepts,
  default: fallback,
  about,
  waitsFor,
}: SettingDefinition): string {
  const variables = env.map((name) => `\`${name}\``).join(", ");
  const name = key === undefined ? "" : `\`${key}\``;
  const effect = waitsFor === undefined ? about : `${about} Without effect yet, see below.`;
  return `| ${name} | ${variables} | ${accepts} | ${fallback ?? ""} | ${effect} |`;
}

function waitingRowOf({ key, env, waitsFor }: SettingDefinition): readonly string[] {
  return waitsFor === undefined ? [] : [`| \`${key ?? env.join(", ")}\` | ${waitsFor} |`];
}
