import { readFileSync } from "node:fs";

export type Substituted =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "problem"; readonly message: string };

/** `$$`, or `${NAME}` with `:-` and a default, or with `:?` and what to say when it is not set. */
const FORM = /\$(?:\$|\{([A-Za-z_]\w*)(?::([-?])([^}]*))?\})/g;

/**
 * Puts the values of variables into one scalar of a file.
 *
 * Done after parsing, so that no value can become structure. A variable that is not set is the text of the file that its
 * twin `<NAME>_FILE` names, else an empty text.
 */
export function substitute(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
): Substituted {
  let problem: string | undefined;
  const replaced = text.replaceAll(
    FORM,
    (form, name: string | undefined, operator: string | undefined, rest: string) => {
      if (name === undefined) {
        return "$";
      }
      let value = env[name] ?? "";
      try {
        value ||= textOfTwin(env[`${name}_FILE`]);
      } catch (error) {
        problem ??= `${name}_FILE: ${error instanceof Error ? error.message : String(error)}`;
        return form;
      }
      if (value !== "" || operator === undefined) {
        return value;
      }
      if (operator === "?") {
        problem ??= `${name} is not set${rest === "" ? "" : `: ${rest}`}`;
        return form;
      }
      return rest;
    },
  );
  return problem === undefined
    ? { kind: "text", text: replaced }
    : { kind: "problem", message: problem };
}

function textOfTwin(path: string | undefined): string {
  return path === undefined || path === "" ? "" : readFileSync(path, "utf8").trim();
}
