import { execFile } from "node:child_process";
import { mkdirSync, statfsSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

/** Where images of verifications are kept, apart from those of the machine. */
export const IMAGES = resolve("node_modules/.cache/orchestrator-deploy/image");

const OVERLAYFS = 0x79_4c_76_30;
const MAX_OUTPUT = 1 << 26;
const SHOWN_LINES = 20;

/** Run buildah on storage of our own; answers with what it printed. */
export async function buildah(...args: readonly string[]): Promise<string> {
  mkdirSync(IMAGES, { recursive: true });
  // An overlay cannot be laid over another one.
  const driver = statfsSync(IMAGES).type === OVERLAYFS ? "vfs" : "overlay";
  const storage = ["--root", join(IMAGES, "storage"), "--runroot", join(IMAGES, "run")];
  const command = [...storage, "--storage-driver", driver, ...args];
  try {
    const { stdout } = await promisify(execFile)("buildah", command, { maxBuffer: MAX_OUTPUT });
    return stdout.trim();
  } catch (error) {
    throw new Error(`buildah ${args[0]} failed:\n${endOf(error)}`, { cause: error });
  }
}

/** The last of what it printed; a compiler's complaints are on stdout. */
function endOf(error: unknown): string {
  const said = error instanceof Error && "stdout" in error ? String(error.stdout) : "";
  const why = error instanceof Error && "stderr" in error ? String(error.stderr) : String(error);
  return `${said}\n${why}`.trim().split("\n").slice(-SHOWN_LINES).join("\n");
}

/** Whether there is an image of that name. */
export async function hasImage(name: string): Promise<boolean> {
  const images: readonly { readonly names: readonly string[] | null }[] = JSON.parse(
    (await buildah("images", "--json")) || "[]",
  );
  return images.some(({ names }) => names?.includes(name) === true);
}
