export { type AnswerForm, answerForm } from "./answer-form.ts";
export { autoPrompt, autoRepair, readAutoAnswer } from "./auto/auto-prompt.ts";
export type { AutoQuestion } from "./auto/auto-question.ts";
export { fitAuto } from "./auto/auto-type.ts";
export type {
  ActionSpec,
  Catalogue,
  FieldType,
  Nature,
  OperationSpec,
  ParameterSpec,
  ResultField,
  ResultSpec,
  ToolSpec,
} from "./catalogue.ts";
export { type BundledFile, type Compilation, compile, type CompileOptions } from "./compile.ts";
export { LATER_WORDS } from "./check/later-words.ts";
export { durationMs } from "./duration.ts";
export * from "./events.ts";
export type { Finding } from "./finding.ts";
export { FINDING_CODES, type FindingCode, RUN_CODES, type Severity } from "./finding-codes.ts";
export { type Fit, fit } from "./fit.ts";
export { bindInputs, type BoundInputs, type InputViolation } from "./inputs/bind-inputs.ts";
export { type IncludedFile, type IncludeFiles, includePlaces } from "./include/include-files.ts";
export { utf8Text } from "./include/utf8-text.ts";
export { type CommandLineInputs, readInputWords } from "./inputs/command-line.ts";
export { type RenderedSections, renderSections } from "./inputs/render-sections.ts";
export type { Dialect, SchemaError } from "./bounded-ajv.ts";
export { compileSchema, openSchema, type OpenedSchema } from "./json-schema.ts";
export { isValid, type Validation, validationJson, validationText } from "./validation.ts";
export { eventsReference } from "./events-reference.ts";
export { findingsReference } from "./findings-reference.ts";
export { LIMITS } from "./limits.ts";
export * from "./plan.ts";
export {
  FAILURE_CODES,
  type FailureCode,
  type FailureSpec,
  isRetriedStatus,
} from "./failure-codes.ts";

export { type ArtifactDocument, artifactsOf, type RunArtifact } from "./document/artifacts.ts";
export {
  type DocumentFacts,
  documentOf,
  type ResultDocument,
  type RunStatus,
} from "./document/result-document.ts";
export type { StepDocument, Usage } from "./document/step-document.ts";
export { apply, retract } from "./engine/apply.ts";
export { type Frame, idOf, type Instance } from "./engine/frame.ts";
export { readBy } from "./engine/read-by.ts";
export {
  containerOf,
  type LoadedPlan,
  type LoadedStep,
  openPlan,
  outputsOf,
  programOf,
} from "./engine/loaded-plan.ts";
export { instancesOf, locate, openRun, type RunState } from "./engine/run-state.ts";
export type { Command, Finish } from "./engine/command.ts";
export type { ContainerEnd } from "./engine/container-run.ts";
export { type Moment, Schedule } from "./engine/schedule.ts";
export {
  asksForRoute,
  type AttemptResult,
  cancelStep,
  closeContainer,
  completeStep,
  type EndedAttempt,
  failAttempt,
  loseAttempt,
  settleFailed,
  skipStep,
  verdictEvent,
} from "./engine/settlement.ts";
export { modelUsageOf } from "./engine/model-usage.ts";
export { decodeSnapshot, encodeSnapshot, SNAPSHOT_VERSION } from "./engine/snapshot.ts";
export { stepError } from "./engine/step-error.ts";
export { isSettled, type StepRecord } from "./engine/step-record.ts";
export { decodeEvent, encodeEvent, type EncodedEvent } from "./event-codec.ts";
export { planFromJson } from "./load/plan-from-json.ts";
export { recordedParameters, shownParameters } from "./render/recorded-parameters.ts";
export { type RenderedOutputs, renderOutputs } from "./render/render-outputs.ts";
export {
  decideIteration,
  type DecidedIteration,
  endContainer,
  type EndedContainer,
  startContainer,
  type StartedContainer,
  type ContainerPart,
  needsOfContainer,
  renderContainer,
  type RenderedContainer,
} from "./render/render-container.ts";
export { closingResult, iterationTexts, resultOfInstance } from "./render/instance-view.ts";
export type { SecretValues } from "./render/reading.ts";
export type { RenderContext } from "./render/renderer.ts";
export {
  type ModelWish,
  type ReadyStep,
  type RenderedStep,
  renderStep,
} from "./render/render-step.ts";
export type { ResultReader } from "./render/step-view.ts";
export { redactEvent } from "./redact/redact-event.ts";
export { encodeHiding, Hidden, hiddenOf, shownPayload } from "./redact/hidden.ts";
export { leavesOf, Redactor } from "./redact/redactor.ts";
export { schemaProblem } from "./render/schema-problem.ts";
export { type Answer, readAnswer } from "./wait/answer.ts";
export { openWait, type OpenedWait } from "./wait/open-wait.ts";
export { decodeMessage, encodeMessage } from "./wait/wait-codec.ts";
export { waitKindOf } from "./wait/wait-kind.ts";
export { type EndedWait, waitResult, type WaitResult } from "./wait/wait-result.ts";
export { waitKey, type WaitRecord } from "./wait/wait.ts";
