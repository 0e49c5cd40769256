import { createHash } from "node:crypto";

/**
 * Make the token of the next page: where the page before ended, bound to the arguments that it was asked with.
 *
 * Tokens are opaque to callers; one that was made for other arguments is not taken.
 */
export function pageTokenFrom(key: string, request: readonly unknown[]): string {
  return Buffer.from(JSON.stringify([key, fingerprint(request)])).toString("base64url");
}

/** Read a token back: the key, "" for the first page, or `undefined` for a token that does not belong here. */
export function keyFromPageToken(token: string, request: readonly unknown[]): string | undefined {
  if (token === "") {
    return "";
  }
  try {
    const parts: unknown = JSON.parse(Buffer.from(token, "base64url").toString("utf8"));
    return Array.isArray(parts) && typeof parts[0] === "string" && parts[1] === fingerprint(request)
      ? parts[0]
      : undefined;
  } catch {
    return undefined; // Not one of ours.
  }
}

function fingerprint(request: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(request)).digest("base64url").slice(0, 16);
}
