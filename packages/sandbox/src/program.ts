import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { join } from "node:path";

/** Where programs are looked for unless the deployment says otherwise. */
export const DEFAULT_PROGRAM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** The first executable of this name on a search path. */
export async function findProgram(
  name: string,
  searchPath = DEFAULT_PROGRAM_PATH,
): Promise<string | undefined> {
  for (const directory of searchPath.split(":").filter((each) => each.startsWith("/"))) {
    const file = join(directory, name);
    if (await isExecutable(file)) {
      return file;
    }
  }
  return undefined;
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    // Not there, or not for us: the next directory may have it.
    return false;
  }
}
