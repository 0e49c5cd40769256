import { execFile } from "node:child_process";
import { mkdirSync, statfsSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

/** Where images of verifications are kept, apart from those of the machine. */
export const IMAGES = resolve("node_modules/.cache/orchestrator-deploy/image");

const OVERLAYFS = 0x79_4c_76_30;
const MAX_OUTPUT = 1 << 26;

/** Run buildah on storage of our own; answers with what it printed. */
export async function buildah(...args: readonly string[]): Promise<string> {
  mkdirSync(IMAGES, { recursive: true });
  // An overlay cannot be laid over another one.
  const driver = statfsSync(IMAGES).type === OVERLAYFS ? "vfs" : "overlay";
  const storage = ["--root", join(IMAGES, "storage"), "--runroot", join(IMAGES, "run")];
  const { stdout } = await promisify(execFile)(
    "buildah",
    [...storage, "--storage-driver", driver, ...args],
    { maxBuffer: MAX_OUTPUT },
  );
  return stdout.trim();
}

/** Whether there is an image of that name. */
export async function hasImage(name: string): Promise<boolean> {
  const images: readonly { readonly names: readonly string[] | null }[] = JSON.parse(
    (await buildah("images", "--json")) || "[]",
  );
  return images.some(({ names }) => names?.includes(name) === true);
}
