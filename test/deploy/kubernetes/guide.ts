import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { parse } from "yaml";

import { installPackages } from "../debian-packages.ts";
import type { Build } from "./build.ts";
import { at, fieldsOf, listOf, textOf } from "./json.ts";
import { kustomize } from "./kustomize.ts";
import { type Manifest, manifestOf, titleOf } from "./manifest.ts";

/** What became of the code blocks of the guide for operators. */
export type GuideSeen = {
  /** The overlay that it shows, built. */
  readonly overlay: readonly Manifest[];
  /** Commands that ran here. */
  readonly ran: number;
  /** Commands that want a cluster, or a mesh in one; each was compared with what is built. */
  readonly compared: number;
  readonly problems: readonly string[];
};

const GUIDE = "docs/how-to/deploy-kubernetes.md";
const OVERLAY = "deploy/k8s/overlays/ours/kustomization.yaml";
/** Without a cluster the generators of Secrets are all that kubectl can do. */
const OFFLINE = /^kubectl .*create secret /;
const KINDS: Readonly<Record<string, string>> = {
  deployment: "Deployment",
  job: "Job",
  cronjob: "CronJob",
  service: "Service",
  vpa: "VerticalPodAutoscaler",
  secret: "Secret",
};

/** Runs what the guide says where it can be run, and compares the rest with what is built. */
export function followGuide(build: Build): GuideSeen {
  const guide = readFileSync(GUIDE, "utf8");
  provideKubectl();
  const commands = blocksOf(guide, "bash").flatMap((block) =>
    block
      .replaceAll(/\\\n\s*/g, "")
      .split("\n")
      .filter((line) => line !== ""),
  );
  const offline = commands.filter((command) => OFFLINE.test(command));
  const others = commands.filter((command) => !OFFLINE.test(command));
  const overlays = blocksOf(guide, "yaml");
  return {
    overlay: overlays.flatMap((overlay) => builtOverlay(overlay)),
    ran: offline.length,
    compared: others.length,
    problems: [
      ...(overlays.length === 1 && guide.includes(OVERLAY) ? [] : [`${GUIDE} shows no overlay`]),
      ...offline.flatMap((command) => secretProblems(command)),
      ...others.flatMap((command) => commandProblems(command, build)),
      ...stageProblems(build),
    ],
  };
}

/** Any version makes Secrets; the package of Debian collides with those that others give out. */
function provideKubectl(): void {
  const { error } = spawnSync("kubectl", ["version", "--client"]);
  if (error !== undefined) {
    installPackages(["kubernetes-client"]);
  }
}

function blocksOf(guide: string, language: string): readonly string[] {
  return [...guide.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].flatMap(([, word, text = ""]) =>
    word === language ? [text] : [],
  );
}

/** Beside the others, as the guide says, but in a copy. */
function builtOverlay(text: string): readonly Manifest[] {
  const folder = mkdtempSync(join(tmpdir(), "orchestrator-overlay-"));
  try {
    cpSync("deploy", join(folder, "deploy"), { recursive: true });
    const file = join(folder, OVERLAY);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return kustomize(dirname(file));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The real kubectl makes the Secret, and does not send it. */
function secretProblems(command: string): readonly string[] {
  const yaml = execFileSync("bash", ["-c", `${command} --dry-run=client -o yaml`], {
    encoding: "utf8",
    env: {
      ...process.env,
      KUBECONFIG: "/dev/null",
      POSTGRES_URL: "postgresql://postgres.example.com/orchestrator",
      REDIS_URL: "redis://redis.example.com",
      OPENAI_API_KEY: "some key",
      ANTHROPIC_API_KEY: "another key",
      REGISTRY_USER: "robot",
      REGISTRY_PASSWORD: "password",
    },
  });
  const secret = manifestOf(fieldsOf(parse(yaml)));
  const empty = Object.entries(fieldsOf(secret.fields["data"])).filter(([, value]) => value === "");
  return [
    ...(secret.kind === "Secret" && secret.namespace === "orchestrator"
      ? []
      : [`${command} makes ${titleOf(secret)} in ${secret.namespace}`]),
    ...empty.map(([key]) => `${titleOf(secret)} would have nothing in ${key}`),
  ];
}

/** Folders, selectors, objects and files that a command names are there. */
function commandProblems(command: string, { manifests }: Build): readonly string[] {
  const words = command.split(/\s+/);
  const after = (flag: string): string => words[words.indexOf(flag) + 1] ?? "";
  const labels = words.includes("-l") ? [after("-l")] : [];
  const folders = words.includes("-k") ? [after("-k")] : [];
  const objects = words.flatMap((word) => {
    const [, kind = "", name = ""] = /^(?:--from=)?([a-z]+)\/([a-z-]+)$/.exec(word) ?? [];
    return KINDS[kind] === undefined || name.endsWith("-now") ? [] : [`${KINDS[kind]}/${name}`];
  });
  const isPlaced =
    !command.startsWith("kubectl") ||
    /-n orchestrator|apply -k|create namespace orchestrator/.test(command);
  return [
    ...(isPlaced ? [] : [`${command} does not say where`]),
    ...folders
      .map((folder) => join(folder, "kustomization.yaml"))
      .filter((file) => file !== OVERLAY && !existsSync(file))
      .map((file) => `${command} names ${file}, which is not there`),
    ...labels
      .filter((label) => manifests.every((each) => !hasLabel(each, label)))
      .map((label) => `${command} selects nothing by ${label}`),
    ...objects
      .filter((object) => manifests.every((manifest) => titleOf(manifest) !== object))
      .map((object) => `${command} names ${object}, which is not there`),
    ...words
      .filter((word) => /^(bin|examples)\//.test(word) && !existsSync(word))
      .map((word) => `${command} names ${word}, which is not there`),
  ];
}

function hasLabel({ labels }: Manifest, label: string): boolean {
  const [key = "", value = ""] = label.split("=");
  return labels[key] === value;
}

/** What is applied first is enough for the migration to run: with less it would wait for the rest, which waits for it. */
function stageProblems({ manifests, pods }: Build): readonly string[] {
  const first = manifests.filter((each) => hasLabel(each, "orchestrator.dev/stage=first"));
  const titles = new Set(first.map(titleOf));
  const job = pods.find(({ component }) => component === "migrate");
  const configs = listOf(job?.spec["volumes"])
    .map((volume) => textOf(at(volume, "configMap.name")))
    .filter((name) => name !== "");
  const needed = [
    job?.title ?? "Job/orchestrator-migrate",
    "Namespace/orchestrator",
    `ServiceAccount/${textOf(job?.spec["serviceAccountName"])}`,
    ...["default-deny", "names", "migrate"].map((name) => `NetworkPolicy/${name}`),
    ...configs.map((name) => `ConfigMap/${name}`),
  ];
  return [
    ...needed.filter((title) => !titles.has(title)).map((title) => `${title} is not applied first`),
    ...first
      .filter(({ kind }) => kind === "Deployment")
      .map((each) => `${titleOf(each)} is applied before the migration`),
  ];
}
