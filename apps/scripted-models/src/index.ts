export type { AskedMessage, ChatRequest } from "./chat-request.ts";
export { answerOf } from "./answer.ts";
export { kindOf, type RequestKind } from "./request-kind.ts";
export { parseScript, type Reply, type ScriptRule } from "./script.ts";
export {
  type LoggedRequest,
  type ScriptedModels,
  type ScriptedModelsOptions,
  startScriptedModels,
} from "./server.ts";
