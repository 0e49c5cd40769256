/** A page that is followed, and what cannot be seen in it. */
export type Page = {
  readonly page: string;
  /** Begins of blocks that are not run, and why. */
  readonly notRun: readonly { readonly begin: string; readonly reason: string }[];
  /** What blocks print, by their begin; an exit code of 0 is wanted of all of them. */
  readonly prints: readonly { readonly begin: string; readonly text: RegExp }[];
};

/** The pages for whoever has one machine. */
export const PAGES: readonly Page[] = [
  {
    page: "docs/how-to/deploy-local.md",
    notRun: [
      { begin: "npm run setup", reason: "it would compile under what runs here; this command did" },
    ],
    prints: [
      { begin: "curl -fsS", text: /"healthy"[^]*"verdict": "faults found"[^]*sales-report/ },
      { begin: "export ORCHESTRATOR_ENV", text: /level: info/ },
      { begin: "bin/orchestrator run examples", text: /"verdict": "faults found"[^]*"msg":/ },
      { begin: "bin/orchestrator doctor", text: /embedded store +ok/ },
      { begin: "rm -r mesh-data", text: /RUN_STATUS_COMPLETED/ },
    ],
  },
  {
    page: "README.md",
    notRun: [],
    prints: [
      { begin: "npm run quickstart", text: /verdict: faults found/ },
      { begin: "bin/orchestrator validate", text: /"greeting": "Hello, Ada!"[^]*\nHello, Ada!\n/ },
      { begin: "export ORCHESTRATOR_URL", text: /Hello, Ada![^]*RUN_STATUS_COMPLETED/ },
      { begin: "curl http://127.0.0.1:8000/orchestrator", text: /"runId":"[0-9a-f-]{36}"/ },
      { begin: "RUN=", text: /"runId":"[0-9a-f-]{36}"/ },
      { begin: "npx buf curl", text: /RUN_EVENT_KIND_RUN_FINISHED/ },
      {
        begin: "bin/orchestrator runs watch",
        text: /RUN_FINISHED[^]*Hello, Ada![^]*greeting\.txt/,
      },
      { begin: "SLEEPER=", text: /RUN_STATUS_CANCELL/ },
      { begin: "curl http://127.0.0.1:8000/ready", text: /"healthy"[^]*gateway/ },
    ],
  },
  {
    page: "docs/how-to/write-a-pipeline.md",
    notRun: [],
    prints: [
      { begin: "bin/orchestrator validate triage", text: /is valid[^]*\n2,5,Nobody can log in\n/ },
      { begin: "bin/orchestrator validate wrong", text: /did you mean echo/ },
      { begin: "bin/orchestrator run robust", text: /"nothing there"[^]*"something\\n"/ },
      { begin: "bin/orchestrator config", text: /is valid[^]*"summary": "/ },
      { begin: "export ORCHESTRATOR_URL", text: /"urgent": 2/ },
    ],
  },
];
