/**
 * The addresses of the hosts that a setting names: one address, several with commas between them, or one that lists
 * its hosts, as libpq takes it: `postgres://user:secret@one:5432,two:5432/name`.
 */
export function connectionUrls(setting: string | readonly string[]): readonly string[] {
  const given =
    typeof setting === "string" ? setting.split(/,(?=\s*postgres(?:ql)?:\/\/)/) : setting;
  return given.map((url) => url.trim()).flatMap(hostsApart);
}

/** The host and port of an address, for messages: never its password. */
export function hostOf(url: string): string {
  const match = AUTHORITY.exec(url);
  return match?.groups?.["hosts"] || /[?&]host=([^&]+)/.exec(url)?.[1] || "localhost";
}

const AUTHORITY = /^(?<before>postgres(?:ql)?:\/\/(?:[^/?#]*@)?)(?<hosts>[^/?#@]*)(?<after>.*)$/;

function hostsApart(url: string): readonly string[] {
  const parts = AUTHORITY.exec(url)?.groups;
  if (parts === undefined) {
    throw new Error("the address of a PostgreSQL database must start with postgres://");
  }
  const { before = "", hosts = "", after = "" } = parts;
  return hosts.split(",").map((host) => `${before}${host}${after}`);
}
