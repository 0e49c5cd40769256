import { type Code, type CodeOptions, type CodeOutcome, runCode } from "./code.ts";
import { findProgram } from "./program.ts";

/** The JavaScript interpreter of a search path. */
export function findJavaScript(searchPath?: string): Promise<string | undefined> {
  return findProgram("node", searchPath);
}

/** Runs JavaScript code with `inputs` bound (L189); JSON text in, JSON text out. */
export function runJavaScript(code: Code, options: CodeOptions): Promise<CodeOutcome> {
  return runCode(code, { ...options, args: ["--no-warnings", "-e", BOOTSTRAP] });
}

/**
 * Runs code as a script of its own, so that its names are its own, and gives `result` when nothing is left to do.
 *
 * A result that is a promise is waited for: what it comes to is the result.
 */
const BOOTSTRAP = `
(() => {
  const { readFileSync, writeSync } = require("node:fs");
  const { createRequire } = require("node:module");
  const { runInThisContext } = require("node:vm");
  const given = JSON.parse(readFileSync(0, "utf8"));
  delete globalThis.module;
  delete globalThis.exports;
  delete globalThis.__filename;
  delete globalThis.__dirname;
  globalThis.require = createRequire(process.cwd() + "/code.js");
  globalThis.inputs = given.inputs;
  let isOver = false;
  const fail = (error) => {
    process.stderr.write("result cannot be given as JSON: " + (error && error.message) + "\\n");
    process.exitCode = 1;
  };
  const write = (text) => {
    const bytes = Buffer.from(text, "utf8");
    for (let at = 0; at < bytes.length; ) {
      try {
        at += writeSync(3, bytes, at);
      } catch (error) {
        if (error.code !== "EAGAIN") throw error;
      }
    }
  };
  const strict = (_, value) => {
    if (typeof value === "number" && !Number.isFinite(value)) {
      throw new TypeError(value + " is no number of JSON");
    }
    return value;
  };
  const give = (value) => {
    isOver = true;
    if (value === undefined) return;
    try {
      const text = JSON.stringify(value, strict);
      if (text === undefined) throw new TypeError("a " + typeof value + " is no value of JSON");
      write(text);
    } catch (error) {
      fail(error);
    }
  };
  const left = () => runInThisContext("typeof result === 'undefined' ? undefined : result");
  process.on("beforeExit", (status) => {
    if (isOver || status !== 0) return;
    isOver = true;
    Promise.resolve(left()).then(give);
  });
  process.on("exit", (status) => {
    if (!isOver && status === 0) give(left());
  });
  runInThisContext(given.code, { filename: "<code>" });
})();
`;
