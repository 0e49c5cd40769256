import { type JsonObject, type OperationSpec, durationMs } from "@orchestrator/pipeline";
import { type Json, textOf } from "@orchestrator/template";

/** A parameter is missing or is not what its operation can use; the call fails PARAMETER_INVALID. */
export class ParameterError extends Error {
  override readonly name = "ParameterError";
}

/** Parameters by canonical name with the defaults filled in; those that are `null` count as not given (L8). */
export function completed(spec: OperationSpec, given: JsonObject): JsonObject {
  const all: Record<string, Json> = {};
  for (const { name, aliases, default: fallback, type, required } of spec.parameters) {
    const key = [name, ...aliases].find((each) => Object.hasOwn(given, each));
    const value = key === undefined ? undefined : given[key];
    const keepsNull = required && type.kind === "any";
    if (value !== undefined && (value !== null || keepsNull)) {
      all[name] = value;
    } else if (fallback !== undefined) {
      all[name] = fallback;
    }
  }
  return all;
}

/** Refuses a call that lacks what its operation needs. */
export function checkPresence(spec: OperationSpec, parameters: JsonObject): void {
  const has = (name: string): boolean => Object.hasOwn(parameters, name);
  const missing = spec.parameters.find(({ name, required }) => required && !has(name));
  if (missing !== undefined) {
    throw new ParameterError(`parameter ${missing.name} is required`);
  }
  const unmet = spec.anyOf?.find((group) => !group.some(has));
  if (unmet !== undefined) {
    throw new ParameterError(`one of the parameters ${unmet.join(", ")} is required`);
  }
}

/** A parameter's text. */
export function textParameter(parameters: JsonObject, name: string): string {
  return textOf(parameters[name] ?? null);
}

/** The text of a parameter that was given. */
export function optionalText(parameters: JsonObject, name: string): string | undefined {
  const value = parameters[name];
  return value === undefined || value === null ? undefined : textOf(value);
}

/** A boolean parameter; false unless it is true. */
export function isSet(parameters: JsonObject, name: string): boolean {
  return parameters[name] === true;
}

/** A list parameter; a scalar is a list of one. */
export function listParameter(parameters: JsonObject, name: string): readonly Json[] {
  const value = parameters[name];
  if (value === undefined || value === null) {
    return [];
  }
  return isList(value) ? value : [value];
}

/** A list of texts. */
export function namesParameter(parameters: JsonObject, name: string): readonly string[] {
  return listParameter(parameters, name).map((each) => textOf(each));
}

/** A mapping parameter that was given. */
export function mappingParameter(parameters: JsonObject, name: string): JsonObject | undefined {
  const value = parameters[name];
  if (value === undefined || value === null) {
    return undefined;
  }
  if (!isMapping(value)) {
    throw new ParameterError(`parameter ${name} must be an object`);
  }
  return value;
}

/** A number parameter that was given. */
export function numberParameter(parameters: JsonObject, name: string): number | undefined {
  const value = parameters[name];
  if (value === undefined || value === null) {
    return undefined;
  }
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof number !== "number" || !Number.isFinite(number)) {
    throw new ParameterError(`parameter ${name} must be a number`);
  }
  return number;
}

/** A duration parameter that was given, in milliseconds (L6). */
export function durationParameter(parameters: JsonObject, name: string): number | undefined {
  const value = parameters[name];
  if (value === undefined || value === null) {
    return undefined;
  }
  const ms = durationMs(value);
  if (ms === undefined) {
    throw new ParameterError(`parameter ${name} must be a duration such as 30 or 5m`);
  }
  return ms;
}

/** One of a closed set of words. */
export function wordParameter<W extends string>(
  parameters: JsonObject,
  name: string,
  words: readonly W[],
): W {
  const given = textParameter(parameters, name).trim().toLowerCase();
  const word = words.find((each) => each === given);
  if (word === undefined) {
    throw new ParameterError(`parameter ${name} must be one of ${words.join(", ")}`);
  }
  return word;
}

/** Whether a value is a list. */
export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** Whether a value is a mapping. */
export function isMapping(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
