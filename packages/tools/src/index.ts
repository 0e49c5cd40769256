export { catalogue } from "./catalogue/catalogue.ts";
export { type DataJob, type DataOutcome, runDataJob } from "./data-processing/data-job.ts";
export { TOOL_LIMITS } from "./limits.ts";
export { offerable, type OfferedOperation, offeredOperations } from "./offered-tools.ts";
export { runTool } from "./run-tool.ts";
export type { ToolCall, ToolContext, ToolOutcome } from "./tool.ts";
export { type Collected, collectFiles } from "./workspace/collect.ts";
export { mediaTypeOf } from "./workspace/media-type.ts";
export { readBytes } from "./workspace/read-bytes.ts";
export { draftName, isDraft, replaceFile } from "./workspace/replace-file.ts";
export { artifactOf, openFile } from "./workspace/stored-file.ts";
export {
  openWorkspace,
  type PathUse,
  type Resolved,
  type Workspace,
  type WorkspaceOptions,
  type WorkspacePath,
} from "./workspace/workspace.ts";
