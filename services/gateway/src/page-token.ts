import { createHash } from "node:crypto";

/**
 * Make the token of the next page: where the page before ended, bound to the arguments that it was asked with.
 *
 * Tokens are opaque to callers; one that was made for other arguments is not taken.
 */
export function pageTokenFrom(key: string, request: readonly unknown[]): string {
  return Buffer.from(JSON.stringify([key, fingerprint(request)])).toString("base64url");
}

/** What a list asks of its tokens: which arguments they were made with, and what their keys look like. */
export type TokenOf = { readonly request: readonly unknown[]; readonly form: RegExp };

/** Read a token back: the key, "" for the first page, or `undefined` for a token that does not belong here. */
export function keyFromPageToken(token: string, { request, form }: TokenOf): string | undefined {
  if (token === "") {
    return "";
  }
  try {
    const parts: unknown = JSON.parse(Buffer.from(token, "base64url").toString("utf8"));
    const [key, print]: readonly unknown[] = Array.isArray(parts) ? parts : [];
    return typeof key === "string" && form.test(key) && print === fingerprint(request)
      ? key
      : undefined;
  } catch {
    return undefined; // Not one of ours.
  }
}

function fingerprint(request: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(request)).digest("base64url").slice(0, 16);
}
