import assert from "node:assert/strict";

import type { Answer } from "../image/engine/plan.ts";
import { commandsThatBegin } from "./guide.ts";

/** A command in a container of the mesh, and what is right about its answer. */
export type Check = {
  readonly container: string;
  readonly command: readonly string[];
  readonly check: (answer: Answer, about: string) => void;
};

const HELLO = `id: hello
name: Hello
steps:
  - { id: write, tool: filesystem, action: write, parameters: { path: out/hello.txt, content: "from a mesh" } }
  - { id: read, tool: filesystem, action: read, dependencies: [write], parameters: { path: out/hello.txt } }
outputs:
  said: "{{ read.content }}"
`;

const KEY = ["--api-key-file", "/run/secrets/api_key"];
const AT = ["--url", "http://gateway:8000"];

/** What a mesh of containers has to keep. */
export const OWN_CHECKS: readonly Check[] = [
  ...["state-1", "registry", "executor-2", "gateway"].map((container) => ({
    container,
    command: ["sh", "-c", "touch /app/new /app/config/new /etc/new; touch /tmp/new"],
    check: ({ code, stderr }: Answer, about: string) => {
      assert.equal(stderr.match(/Read-only file system/g)?.length, 3, about);
      assert.equal(code, 0, about);
    },
  })),
  {
    container: "executor-1",
    command: ["ls", "/run/secrets"],
    check: ({ stdout }) => assert.equal(stdout, "mesh_secret\n"),
  },
  {
    container: "redis",
    command: ["redis-cli", "get", "anything"],
    check: ({ stdout }) => assert.match(stdout, /NOPERM/),
  },
  {
    container: "gateway",
    command: [
      "sh",
      "-c",
      'printf %s "$0" > /tmp/hello.yaml && exec orchestrator run /tmp/hello.yaml "$@"',
      HELLO,
      ...AT,
      ...KEY,
    ],
    check: ({ code, stdout }, about) => {
      assert.equal(code, 0, about);
      assert.match(stdout, /from a mesh/);
    },
  },
  {
    container: "gateway",
    command: ["orchestrator", "sessions", "list", ...AT, ...KEY],
    check: ({ stdout }, about) => {
      const { sessions }: { sessions: readonly unknown[] } = JSON.parse(stdout);
      assert.equal(sessions.length, 2, about);
    },
  },
];

/** What `docker compose exec` of the guide runs. */
export function guideChecks(): readonly Check[] {
  const commands = commandsThatBegin("docker", "compose").filter((words) => words.includes("exec"));
  assert.ok(commands.length > 0, "the guide runs commands in containers");
  return commands.map((words) => {
    const [service = "", ...command] = words.slice(words.indexOf("exec") + 1);
    return {
      container: service === "state" ? "state-1" : service,
      command,
      check: ({ code }, about) => assert.equal(code, 0, about),
    };
  });
}
