import { createProgram } from "@orchestrator/cli";

export type CliOptions = {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Whether stdout and stderr are terminals. */
  readonly terminal?: boolean;
};

export type CliOutcome = {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
};

/** Run the command within this process, as if in a folder of its own. */
export async function runCli(
  args: readonly string[],
  { cwd, env = {}, terminal = false }: CliOptions,
): Promise<CliOutcome> {
  const said = { stdout: "", stderr: "" };
  const sink = (name: keyof typeof said) => ({
    write(text: string) {
      said[name] += text;
    },
    isTerminal: terminal,
  });
  const code = await createProgram({
    env: { ORCHESTRATOR_CONFIG_PATH: CONFIG, ...env },
    cwd,
    stdout: sink("stdout"),
    stderr: sink("stderr"),
    leaveSoon: () => undefined,
  }).run(args);
  return { code, ...said };
}

/** No provider, whatever the developer's environment says. */
const CONFIG = new URL("cli-config.yaml", import.meta.url).pathname;
