import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { createSecureContext, getCiphers } from "node:tls";

import type { SettingsReader } from "./settings-reader.ts";
import type { TlsSettings } from "./settings.ts";

/** Reads `server.tls`, and tries certificate and key so that a wrong pair is found before anybody connects. */
export function readTls(read: SettingsReader, cwd: string): TlsSettings | undefined {
  const enabled = read.boolean("server.tls.enabled", false, {
    about: "Whether the gateway's port speaks TLS.",
  });
  const certFile = read.text("server.tls.cert_file", undefined, {
    about: "Certificate with its chain, PEM.",
  });
  const keyFile = read.text("server.tls.key_file", undefined, { about: "Its key, PEM." });
  const minVersion = read.choice("server.tls.min_version", "TLSv1.2", {
    about: "The oldest TLS that is accepted.",
    among: { "1.2": "TLSv1.2", "1.3": "TLSv1.3", "tlsv1.2": "TLSv1.2", "tlsv1.3": "TLSv1.3" },
  });
  const suites = read.texts("server.tls.cipher_suites", [], {
    about: "Suites by their IANA or OpenSSL names.",
    defaultText: "Node's own",
  });
  const ciphers = suites.map((suite) => opensslName(suite));
  for (const [i, name] of ciphers.entries()) {
    if (!getCiphers().includes(name.toLowerCase())) {
      read.problems.push(
        `server.tls.cipher_suites: ${suites[i]} is not a cipher suite of this Node`,
      );
    }
  }
  if (!enabled) {
    return undefined;
  }
  if (certFile === undefined || keyFile === undefined) {
    read.problems.push("server.tls.enabled needs server.tls.cert_file and server.tls.key_file");
    return undefined;
  }
  const tls = {
    certFile: resolve(cwd, certFile),
    keyFile: resolve(cwd, keyFile),
    minVersion,
    ciphers: ciphers.length === 0 ? undefined : ciphers.join(":"),
  };
  try {
    const { cert, key } = tlsMaterial(tls);
    createSecureContext({ cert, key });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    read.problems.push(`server.tls: ${certFile} and ${keyFile} cannot be used: ${reason}`);
  }
  return tls;
}

/** The certificate and the key of a server. */
export function tlsMaterial({ certFile, keyFile }: TlsSettings): { cert: Buffer; key: Buffer } {
  return { cert: readFileSync(certFile), key: readFileSync(keyFile) };
}

/** IANA's name of a suite in OpenSSL's form; those of TLS 1.3 are the same in both. */
function opensslName(suite: string): string {
  const name = suite.trim();
  if (!/^TLS_.*_WITH_/.test(name)) {
    return name;
  }
  return name
    .replace(/^TLS_/, "")
    .replace("_WITH_", "_")
    .replace(/AES_(128|256)/, "AES$1")
    .replace(/_CBC(?=_)/, "")
    .replace(/(CHACHA20_POLY1305)_SHA256$/, "$1")
    .replace(/^RSA_/, "")
    .replaceAll("_", "-");
}
