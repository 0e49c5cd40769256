// Started by the verification in a network namespace of its own: prints what it saw.
import { runPods } from "./running-pods.ts";

console.log(await runPods("deploy/k8s/overlays/production"));
