import type { Settings } from "./settings.ts";

/** Where settings come from; later ones win: defaults < file < environment < flags. */
export type SettingsSource = {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Dotted keys, as in the file: `{ "server.port": "9000" }`. */
  readonly flags?: Readonly<Record<string, string>>;
  /** A file, in the place of the one that the environment names. */
  readonly path?: string;
  /** Where relative paths start; the current directory. */
  readonly cwd?: string;
};
export declare function readSettings(source: SettingsSource): Settings;
