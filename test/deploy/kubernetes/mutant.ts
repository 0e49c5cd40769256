import { type Build, buildOf } from "./build.ts";
import { at, isFields } from "./json.ts";
import { type Manifest, manifestOf, titleOf } from "./manifest.ts";

/** A fault put into one object of a build, and what has to be said about it. */
export type Mutant = {
  readonly object: string;
  /** Entries of lists by their name, or by their number from 0; the one behind the last is added. */
  readonly path: readonly (string | number)[];
  /** Absent where the field is taken out. */
  readonly value?: unknown;
  readonly finds: RegExp;
};

/** Whether the fault can be put into a build. */
export function has({ manifests }: Build, { object }: Mutant): boolean {
  return manifests.some((manifest) => titleOf(manifest) === object);
}

/** The build with the fault in it. */
export function mutated({ folder, manifests }: Build, { object, path, value }: Mutant): Build {
  return buildOf(
    folder,
    manifests.map((manifest) =>
      titleOf(manifest) === object ? changed(manifest, { path, value }) : manifest,
    ),
  );
}

function changed(
  manifest: Manifest,
  { path, value }: { readonly path: Mutant["path"]; readonly value: unknown },
): Manifest {
  const fields = replaced(manifest.fields, path, value);
  if (!isFields(fields)) {
    throw new Error(`${titleOf(manifest)} has nothing left`);
  }
  return manifestOf(fields);
}

function replaced(inner: unknown, [key, ...rest]: Mutant["path"], value: unknown): unknown {
  if (key === undefined) {
    return value;
  }
  if (Array.isArray(inner)) {
    const entries: unknown[] = [...inner];
    const index =
      typeof key === "number" ? key : entries.findIndex((entry) => at(entry, "name") === key);
    if (index < 0 || index > entries.length) {
      throw new Error(`nothing is called ${key}`);
    }
    entries[index] = replaced(entries[index], rest, value);
    return entries;
  }
  if (!isFields(inner)) {
    throw new Error(`nothing is at ${key}`);
  }
  const { [key]: before, ...others } = inner;
  const after = replaced(before, rest, value);
  return after === undefined ? others : { ...others, [key]: after };
}
