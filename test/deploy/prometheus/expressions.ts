import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";

/** A query that is shipped, and where it stands. */
export type Expression = { readonly where: string; readonly expr: string };

/** An alert as its file has it. */
export type Alert = {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: {
    readonly summary: string;
    readonly description: string;
    readonly runbook_url: string;
  };
};

/** A panel of the dashboard with what it asks. */
export type Panel = {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
  readonly datasource?: { readonly uid: string };
};

/** The dashboard, as far as its parts are judged here. */
export type Dashboard = {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly definition: string }[];
  };
  readonly annotations: { readonly list: readonly { readonly expr: string }[] };
};

type RuleFile = {
  readonly groups: readonly {
    readonly rules: readonly (Alert | { readonly record: string; readonly expr: string })[];
  }[];
};

const PROMETHEUS = "deploy/prometheus";
const RUNBOOKS = "deploy/runbooks";
const DASHBOARD = "deploy/grafana/dashboards/orchestrator.json";

/** What recorded and alerting rules ask. */
export function ruleExpressions(): Expression[] {
  return rules().map((rule) => ({
    where: "alert" in rule ? rule.alert : rule.record,
    expr: rule.expr,
  }));
}

/** Every alert, one for each severity. */
export function alerts(): Alert[] {
  return rules().flatMap((rule) => ("alert" in rule ? [rule] : []));
}

/** What the runbooks ask, one query a line. */
export function runbookExpressions(): Expression[] {
  return readdirSync(RUNBOOKS).flatMap((name) => {
    const blocks = readFileSync(join(RUNBOOKS, name), "utf8").matchAll(/```promql\n(.*?)```/gs);
    return [...blocks].flatMap(([, block = ""]) =>
      block
        .trim()
        .split("\n")
        .map((expr) => ({ where: name, expr })),
    );
  });
}

/** The dashboard that is provisioned. */
export function dashboard(): Dashboard {
  return JSON.parse(readFileSync(DASHBOARD, "utf8"));
}

/** What the panels of the dashboard ask, with values for Grafana's variables. */
export function dashboardExpressions(): Expression[] {
  return dashboard().panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({
      where: title,
      expr: expr.replaceAll("$__rate_interval", "30s").replaceAll("$job", ".+"),
    })),
  );
}

function rules(): RuleFile["groups"][number]["rules"] {
  return ["rules", "alerts"]
    .flatMap((folder) => yamlFilesIn(join(PROMETHEUS, folder)))
    .flatMap((file): RuleFile["groups"] => parse(readFileSync(file, "utf8")).groups)
    .flatMap((group) => group.rules);
}

/** The YAML files of a folder. */
export function yamlFilesIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".yml"))
    .map((name) => join(folder, name));
}
