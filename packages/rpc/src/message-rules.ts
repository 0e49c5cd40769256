import type { DescMessage, DescMethod, Message } from "@bufbuild/protobuf";
import { pathToString } from "@bufbuild/protobuf/reflect";
import type { Validator } from "@bufbuild/protovalidate";

import { missingRequestId } from "./call-policy.ts";
import type { FieldViolation } from "./errors.ts";
import { nulViolations } from "./stored-texts.ts";

/** Says what is wrong with a request. */
export type RequestCheck = (request: Message) => readonly FieldViolation[];

/** Number of the option that carries rules, on messages, fields and oneofs alike (buf/validate/validate.proto). */
const RULES = 1159;

const pass: RequestCheck = () => [];
const checks = new WeakMap<DescMethod, RequestCheck | Promise<RequestCheck>>();
let validator: Promise<Validator> | undefined;

/**
 * The check of a method's requests by the rules in its proto.
 *
 * A promise at first, for the evaluator takes a tenth of a second to load, which a process that starts should not pay;
 * methods whose messages carry no rule never load it.
 */
export function requestCheckOf(method: DescMethod): RequestCheck | Promise<RequestCheck> {
  const known = checks.get(method);
  if (known !== undefined) {
    return known;
  }
  const made = makeCheck(method);
  checks.set(method, made);
  return made;
}

function makeCheck(method: DescMethod): RequestCheck | Promise<RequestCheck> {
  if (!hasRules(method.input)) {
    return method.input.fields.length === 0 ? pass : (request) => ruleless(method, request);
  }
  validator ??= import("@bufbuild/protovalidate").then((module) => module.createValidator());
  return validator.then((loaded) => {
    const check: RequestCheck = (request) => violationsOf(loaded, method, request);
    checks.set(method, check);
    return check;
  });
}

function violationsOf(
  validator: Validator,
  method: DescMethod,
  request: Message,
): readonly FieldViolation[] {
  const result = validator.validate(method.input, request);
  switch (result.kind) {
    case "valid":
      return ruleless(method, request);
    case "invalid":
      return result.violations.map(({ field, message }) => ({
        field: pathToString(field),
        description: message,
      }));
    case "error":
      throw result.error;
  }
}

/** What holds for every request, whatever its proto says. */
function ruleless(method: DescMethod, request: Message): readonly FieldViolation[] {
  return [...missingRequestId(method, request), ...nulViolations(method.input, request)];
}

/** Whether a message, or one that it contains, carries rules. */
export function hasRules(desc: DescMessage, seen = new Set<DescMessage>()): boolean {
  if (seen.has(desc)) {
    return false;
  }
  seen.add(desc);
  return (
    carriesRules(desc.proto) ||
    desc.oneofs.some((oneof) => carriesRules(oneof.proto)) ||
    desc.fields.some(
      (field) =>
        carriesRules(field.proto) || (field.message !== undefined && hasRules(field.message, seen)),
    )
  );
}

function carriesRules({ options }: { options?: Message | undefined }): boolean {
  return options?.$unknown?.some(({ no }) => no === RULES) ?? false;
}
