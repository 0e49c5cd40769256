import type { Settings } from "@orchestrator/service";
// Not all that a service is made of: a container asks for its health every few seconds.
import { readSettings } from "@orchestrator/service/read-settings";

import { EXIT, type ExitCode } from "../exit-code.ts";
import type { Io } from "../io.ts";

type Options = { readonly config?: string; readonly json?: boolean };

/** `config check`: whether the configuration is right; every problem of it is thrown at once. */
export async function checkConfig(io: Io, options: Options): Promise<ExitCode> {
  const { warnings } = settingsOf(io, options);
  io.stdout.write(
    options.json === true
      ? `${JSON.stringify({ valid: true, warnings }, null, 2)}\n`
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

/** The settings that a command reads, of the file that its flag names. */
export function settingsOf(io: Pick<Io, "env" | "cwd">, { config }: Options): Settings {
  const path = config === undefined ? {} : { path: config };
  return readSettings({ env: io.env, cwd: io.cwd, ...path });
}
