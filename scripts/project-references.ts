// Writes each workspace's tsconfig.json, and the root one, from the dependencies that its package.json declares.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";

type Manifest = {
  readonly name: string;
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
};

const PARENTS = ["packages", "services", "apps"] as const;
const checkOnly = process.argv.includes("--check");
const dirs = PARENTS.flatMap((parent) =>
  readdirSync(parent)
    .map((child) => join(parent, child))
    .filter((dir) => existsSync(join(dir, "package.json"))),
);
const manifests = new Map(dirs.map((dir) => [dir, readManifest(dir)]));
const dirOf = new Map([...manifests].map(([dir, manifest]) => [manifest.name, dir]));

for (const [dir, manifest] of manifests) {
  write(join(dir, "tsconfig.json"), {
    extends: relative(dir, "tsconfig.base.json"),
    compilerOptions: {
      rootDir: hasTests(dir) ? "." : "src",
      outDir: "dist",
      tsBuildInfoFile: "dist/.tsbuildinfo",
    },
    include: hasTests(dir) ? ["src", "test"] : ["src"],
    references: referencesOf(dir, manifest),
  });
}
/** What is for developers only: checked as one project, which is never run from a build. */
write("test/tsconfig.json", {
  extends: "../tsconfig.base.json",
  compilerOptions: {
    rootDir: "..",
    outDir: "../node_modules/.cache/developer-types",
    tsBuildInfoFile: "../node_modules/.cache/developer-types/.tsbuildinfo",
    emitDeclarationOnly: true,
    rewriteRelativeImportExtensions: false,
    allowImportingTsExtensions: true,
  },
  include: ["test", "bench", "scripts", "examples"].map((dir) => `../${dir}/**/*.ts`),
  references: dirs.map((dir) => ({ path: join("..", dir) })),
});
write("tsconfig.json", {
  files: [],
  references: [...dirs, "test"].map((path) => ({ path })),
});

/** Every service has a folder of integration tests, sooner or later; its build lies where its exports say. */
function hasTests(dir: string): boolean {
  return dir.startsWith("services/") || existsSync(join(dir, "test"));
}

function referencesOf(dir: string, manifest: Manifest): { path: string }[] {
  const names = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
  return names
    .flatMap((name) => dirOf.get(name) ?? [])
    .toSorted()
    .map((target) => ({ path: relative(dir, target) }));
}

function write(file: string, content: unknown): void {
  const text = `${JSON.stringify(content, null, 2)}\n`;
  const current = existsSync(file) ? readFileSync(file, "utf8") : "";
  if (JSON.stringify(JSON.parse(current || "null")) === JSON.stringify(content)) {
    return;
  }
  if (checkOnly) {
    console.error(`${file} does not match its package.json; run: npm run generate`);
    process.exitCode = 1;
    return;
  }
  writeFileSync(file, text);
}

function readManifest(dir: string): Manifest {
  return JSON.parse(readFileSync(join(dir, "package.json"), "utf8"));
}
