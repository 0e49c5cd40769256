export { catalogue } from "./catalogue.ts";
export { isSameName } from "./name.ts";
export { toolsReference } from "./tools-reference.ts";
