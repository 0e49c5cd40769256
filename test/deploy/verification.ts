/** How one artefact of `deploy/` is verified. */
export type Verification = {
  /** Its path, such as `deploy/nginx/nginx.conf`; what `npm run verify:deploy -- NAME…` matches parts of. */
  readonly artefact: string;
  /** Packages of Debian that it needs, installed before it runs. */
  readonly packages: readonly string[];
  /** Answers with what was seen, in one line with its figures; throws what is wrong. */
  verify(): Promise<string>;
};
