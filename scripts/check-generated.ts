// Fails when something generated is not what its source makes of it (protobuf code, tsconfig files, reference pages),
// or a page names a file that is not there.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const LOADER = ["--conditions=source", "--import", "tsx"];
const scratch = mkdtempSync(join(tmpdir(), "orchestrator-generated-"));
try {
  run("npx", ["buf", "generate", "-o", scratch]);
  run("diff", ["-rq", "packages/proto/src/gen", join(scratch, "packages/proto/src/gen")]);
  run(process.execPath, [...LOADER, "scripts/project-references.ts", "--check"]);
  run(process.execPath, [...LOADER, "scripts/generate-reference.ts", "--check"]);
  run(process.execPath, [...LOADER, "scripts/check-docs.ts"], "correct the pages");
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function run(
  command: string,
  args: readonly string[],
  advice = "what is generated is out of date: npm run generate",
): void {
  try {
    execFileSync(command, args, { stdio: ["ignore", "inherit", "inherit"] });
  } catch {
    console.error(`${command} ${args.join(" ")} failed; ${advice}`);
    process.exitCode = 1;
  }
}
