// Verifies what `deploy/` holds, without a container engine and without a cluster: `npm run verify:deploy [-- PART…]`.
// A line for each artefact, and exit 1 if one of them is wrong.
import { backup } from "./backup.ts";
import { compose } from "./compose.ts";
import { installPackages } from "./debian-packages.ts";
import { grafana } from "./grafana.ts";
import { image } from "./image.ts";
import { kubernetesPods } from "./kubernetes-pods.ts";
import { kubernetes } from "./kubernetes.ts";
import { local } from "./local.ts";
import { nginx } from "./nginx.ts";
import { prometheus } from "./prometheus.ts";
import { shellScripts } from "./shell-scripts.ts";
import type { Verification } from "./verification.ts";

const VERIFICATIONS: readonly Verification[] = [
  image,
  compose,
  nginx,
  kubernetes,
  kubernetesPods,
  backup,
  prometheus,
  grafana,
  shellScripts,
  local,
];

const parts = process.argv.slice(2);
const chosen = VERIFICATIONS.filter(
  ({ artefact }) => parts.length === 0 || parts.some((part) => artefact.includes(part)),
);
if (chosen.length === 0) {
  throw new Error(`nothing matches; there are\n${VERIFICATIONS.map(nameOf).join("\n")}`);
}
installPackages(chosen.flatMap(({ packages }) => packages));
let failures = 0;
for (const verification of chosen) {
  const startedAt = performance.now();
  const seen = await seenOf(verification);
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  console.log(`${seen.ok ? "ok  " : "FAIL"} ${verification.artefact} (${seconds} s): ${seen.text}`);
  failures += seen.ok ? 0 : 1;
}
process.exitCode = failures > 0 ? 1 : 0;

async function seenOf(verification: Verification): Promise<{ ok: boolean; text: string }> {
  try {
    return { ok: true, text: await verification.verify() };
  } catch (error) {
    return {
      ok: false,
      text: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  }
}

function nameOf({ artefact }: Verification): string {
  return artefact;
}
