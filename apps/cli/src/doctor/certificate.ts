import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";

import { type Finding, found, reasonOf } from "./finding.ts";

const WARN_DAYS = 30;
const DAY_MS = 86_400_000;

/** Whether the certificate that clients are shown is one, and for how long still. */
export function examineCertificate(tls: { readonly certFile: string } | undefined): Finding {
  const what = "certificate";
  if (tls === undefined) {
    return found(what, "off", "the gateway speaks plain HTTP");
  }
  try {
    const { subject, validTo } = new X509Certificate(readFileSync(tls.certFile));
    const daysLeft = Math.floor((Date.parse(validTo) - Date.now()) / DAY_MS);
    const detail = `${subject.replaceAll("\n", ", ")}, valid until ${validTo}`;
    return found(what, daysLeft < 0 ? "failed" : daysLeft < WARN_DAYS ? "warning" : "ok", detail);
  } catch (error) {
    return found(what, "failed", `${tls.certFile}: ${reasonOf(error)}`);
  }
}
