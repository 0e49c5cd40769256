import { bigint, int, type Statement, text } from "@orchestrator/postgres";

/** What the request $3 of kind $2 in namespace $1 did before. */
export const EARLIER_REQUEST: Statement<{
  readonly digest: bigint;
  readonly subject: string;
  readonly version: number;
}> = {
  name: "earlier_request",
  text: `
select digest, subject, version from state.idempotency
where namespace = $1::text and kind = $2::int2 and request_id = $3::text`,
  row: ([digest, subject, version]) => ({
    digest: bigint(digest),
    subject: text(subject),
    version: int(version),
  }),
};
