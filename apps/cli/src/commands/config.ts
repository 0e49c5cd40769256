import { readSettings, SettingsError } from "@orchestrator/service";

import { CliError } from "../cli-error.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import type { Io } from "../io.ts";

type Options = { readonly config?: string; readonly json?: boolean };

/** `config check`: whether the configuration is right, with every problem of it. */
export async function checkConfig(io: Io, options: Options): Promise<ExitCode> {
  const { warnings } = settingsOf(io, options);
  io.stdout.write(
    options.json === true
      ? `${JSON.stringify({ valid: true, warnings })}\n`
      : [
          "the configuration is valid",
          ...warnings.map((warning) => `warning: ${warning}`),
          "",
        ].join("\n"),
  );
  return EXIT.ok;
}

/** `config print`: what is in effect, secrets as `***`. */
export async function printConfig(io: Io, options: Options): Promise<ExitCode> {
  const settings = settingsOf(io, options);
  const { stringify } = await import("yaml");
  const plain: unknown = JSON.parse(JSON.stringify(settings));
  io.stdout.write(options.json === true ? `${JSON.stringify(plain, null, 2)}\n` : stringify(plain));
  return EXIT.ok;
}

function settingsOf(io: Io, { config }: Options) {
  try {
    return readSettings({
      env: io.env,
      cwd: io.cwd,
      ...(config === undefined ? {} : { path: config }),
    });
  } catch (error) {
    throw error instanceof SettingsError
      ? new CliError(error.message, EXIT.usage, { cause: error })
      : error;
  }
}
