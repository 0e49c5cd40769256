import type { OperationSpec, ParameterSpec, ToolSpec } from "@orchestrator/pipeline";

import { fields, optional, required } from "./parameter.ts";

const PATHS = {
  path: "The path as written.",
  filepath: "The same as path.",
  file_path: "The same as path.",
};
const path = required("path", "path", {
  aliases: ["filepath", "file_path"],
  description: "Path in the workspace.",
});
const encoding = optional("encoding", ["utf-8", "base64"], {
  default: "utf-8",
  description: "How the content's text stands for bytes.",
});

/** L187. */
export const filesystem: ToolSpec = {
  name: "filesystem",
  aliases: ["file"],
  description: "Reads, writes and arranges files of the workspace.",
  operations: [
    {
      ...deterministic("read", "Reads a file."),
      parameters: [path, encoding],
      result: fields({
        action: "read",
        ...PATHS,
        content: "Text of the file, or its bytes in base64.",
        size: "Size in bytes.",
        encoding: "utf-8 or base64.",
      }),
    },
    {
      ...deterministic("write", "Writes a file, replacing it in one step."),
      aliases: ["save", "create"],
      repeatable: { unless: { parameter: "mode", is: "a" } },
      parameters: [
        path,
        required("content", "any", { description: "What to write, in its text form." }),
        optional("mode", ["w", "a", "x"], {
          default: "w",
          description: "Replace, append, or refuse when the file exists.",
        }),
        optional("create_directories", "boolean", {
          default: true,
          description: "Whether missing directories of the path are made.",
        }),
        encoding,
      ],
      result: fields({
        action: "write",
        ...PATHS,
        size: "Size of the file in bytes.",
        sha256: "SHA-256 of the file, in hexadecimal.",
      }),
    },
    transfer("copy", { description: "Copies a file or directory.", repeatable: true }),
    transfer("move", { description: "Moves a file or directory.", repeatable: false }),
    {
      ...deterministic("delete", "Deletes files or directories."),
      aliases: ["remove"],
      repeatable: false,
      parameters: [
        { ...path, required: false },
        optional("paths", "array", { description: "Globs of what to delete." }),
        optional("recursive", "boolean", {
          default: false,
          description: "Whether a directory goes with what it holds.",
        }),
        optional("missing_ok", "boolean", {
          default: false,
          description: "Whether deleting nothing is success.",
        }),
      ],
      anyOf: [["path", "paths"]],
      result: fields({
        action: "delete",
        ...PATHS,
        deleted: "Paths that were deleted.",
        count: "How many.",
      }),
    },
    {
      ...deterministic("list", "Lists a directory by name."),
      parameters: [
        path,
        optional("pattern", "string", { default: "*", description: "Glob for names." }),
        optional("recursive", "boolean", {
          default: false,
          description: "Whether directories below are listed too.",
        }),
      ],
      result: fields({
        action: "list",
        ...PATHS,
        items: "Entries: name, path, type, size, modified.",
        files: "Paths of the entries that are files.",
        count: "Number of entries.",
        truncated: "Whether entries were left out at the limit.",
      }),
    },
    {
      ...deterministic("exists", "Says whether a path exists, and as what."),
      parameters: [path],
      result: fields({
        action: "exists",
        ...PATHS,
        exists: "Whether it exists.",
        type: "file, directory, other, or null.",
      }),
    },
    {
      ...deterministic("stat", "Describes a path."),
      parameters: [path],
      result: fields({
        action: "stat",
        ...PATHS,
        type: "file, directory or other.",
        size: "Size in bytes.",
        modified: "Time of the last change, ISO 8601.",
      }),
    },
    {
      ...deterministic("mkdir", "Makes a directory and those above it."),
      parameters: [path],
      result: fields({
        action: "mkdir",
        ...PATHS,
        created: "Whether it was not there before.",
      }),
    },
  ],
};

type Deterministic = Pick<
  OperationSpec,
  "name" | "aliases" | "description" | "nature" | "repeatable"
>;

function deterministic(name: string, description: string): Deterministic {
  return { name, aliases: [], description, nature: "deterministic", repeatable: true };
}

function transfer(
  name: "copy" | "move",
  { description, repeatable }: { readonly description: string; readonly repeatable: boolean },
): OperationSpec {
  const source: ParameterSpec = { ...path, aliases: [...path.aliases, "source"] };
  return {
    ...deterministic(name, description),
    repeatable,
    parameters: [
      source,
      required("destination", "path", { description: "Where it goes." }),
      optional("overwrite", "boolean", {
        default: true,
        description: "Whether a file that is there is replaced.",
      }),
    ],
    result: fields({
      action: name,
      source: "The source as written.",
      destination: "The destination as written.",
      ...PATHS,
      size: "Size in bytes.",
    }),
  };
}
