export { catalogue } from "./catalogue.ts";
export { NOT_YET, type NotYet, notYet } from "./not-yet.ts";
export { isSameName } from "./name.ts";
export { toolsReference } from "./tools-reference.ts";
