// Fails when a page links to a file that is not there, or cites a path that is not in the repository.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const WORKSPACES = ["packages", "services", "apps"];
const LINK = /\]\((?!https?:)([^)#\s]+)(?:#[^)]*)?\)/g;
/** Paths from the root, and those within the workspace that a page is about. */
const CITED = /`((?:packages|services|apps|test|scripts|proto|bench|config|examples)\/[\w./-]+)`/g;
const WITHIN = /`(src\/[\w./-]+)`/g;
const problems = pages().flatMap(problemsOf);

for (const problem of problems) {
  console.error(problem);
}
process.exitCode = problems.length > 0 ? 1 : 0;

function problemsOf(page: string): readonly string[] {
  const text = readFileSync(page, "utf8");
  const workspace = workspaceOf(page);
  const wanted = [
    ...pathsIn(text, LINK).map((path) => join(dirname(page), path)),
    ...pathsIn(text, CITED),
    ...(workspace === undefined ? [] : pathsIn(text, WITHIN).map((path) => join(workspace, path))),
  ];
  return wanted.filter((path) => !existsSync(path)).map((path) => `${page}: there is no ${path}`);
}

function pathsIn(text: string, pattern: RegExp): readonly string[] {
  return [...text.matchAll(pattern)].map(([, path = ""]) => path);
}

/** The workspace whose README a page is, or whose name a page of the architecture has. */
function workspaceOf(page: string): string | undefined {
  const folder = dirname(page);
  if (WORKSPACES.includes(dirname(folder))) {
    return folder;
  }
  const name = /^docs\/architecture\/(.+)\.md$/.exec(page)?.[1] ?? "";
  return WORKSPACES.map((root) => join(root, name)).find(
    (path) => name !== "" && existsSync(join(path, "package.json")),
  );
}

function pages(): readonly string[] {
  const written = readdirSync("docs", { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".md"))
    .map((file) => join("docs", file));
  const readmes = WORKSPACES.flatMap((root) =>
    readdirSync(root).map((workspace) => join(root, workspace, "README.md")),
  );
  return [
    "README.md",
    "CONTRIBUTING.md",
    "STYLE.md",
    ...written,
    ...readmes.filter((file) => existsSync(file)),
  ];
}
