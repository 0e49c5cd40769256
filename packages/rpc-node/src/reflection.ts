import type { DescService } from "@bufbuild/protobuf";
import { ServerReflection as V1 } from "@orchestrator/proto/grpc/reflection/v1/reflection_pb";
import { ServerReflection as V1Alpha } from "@orchestrator/proto/grpc/reflection/v1alpha/reflection_pb";

import { createDescriptorIndex, type DescriptorIndex } from "./descriptor-index.ts";
import type { Router } from "./surface.ts";

/** Offers server reflection, v1 and v1alpha, for these services and for itself. */
export function reflectionRoutes(services: readonly DescService[]): (router: Router) => void {
  const index = createDescriptorIndex([...services, V1, V1Alpha]);
  return (router) => {
    router.service(V1, { serverReflectionInfo: (questions) => answerAll(index, questions) });
    router.service(V1Alpha, { serverReflectionInfo: (questions) => answerAll(index, questions) });
  };
}

/** What both versions ask; their messages are the same on the wire. */
type Question = {
  readonly host: string;
  readonly messageRequest:
    | { readonly case: "fileByFilename"; readonly value: string }
    | { readonly case: "fileContainingSymbol"; readonly value: string }
    | { readonly case: "fileContainingExtension"; readonly value: ExtensionName }
    | { readonly case: "allExtensionNumbersOfType"; readonly value: string }
    | { readonly case: "listServices"; readonly value: string }
    | { readonly case: undefined; readonly value?: undefined };
};
type Answer =
  | {
      readonly case: "listServicesResponse";
      readonly value: { readonly service: { readonly name: string }[] };
    }
  | {
      readonly case: "fileDescriptorResponse";
      readonly value: { readonly fileDescriptorProto: Uint8Array[] };
    }
  | {
      readonly case: "allExtensionNumbersResponse";
      readonly value: { readonly baseTypeName: string; readonly extensionNumber: number[] };
    }
  | {
      readonly case: "errorResponse";
      readonly value: { readonly errorCode: number; readonly errorMessage: string };
    };
type ExtensionName = { readonly containingType: string; readonly extensionNumber: number };

const INVALID_ARGUMENT = 3;
const NOT_FOUND = 5;

async function* answerAll<Q extends Question>(index: DescriptorIndex, questions: AsyncIterable<Q>) {
  const sent = new Set<string>();
  for await (const question of questions) {
    yield {
      validHost: question.host,
      originalRequest: question,
      messageResponse: answer(index, question, sent),
    };
  }
}

function answer(index: DescriptorIndex, { messageRequest }: Question, sent: Set<string>): Answer {
  const files = (found: string | undefined, wanted: string): Answer =>
    found === undefined
      ? refusal(NOT_FOUND, `${wanted} is not known here`)
      : fileResponse(index.withDependencies(found, sent));
  switch (messageRequest.case) {
    case "listServices": {
      const service = index.services.map((name) => ({ name }));
      return { case: "listServicesResponse", value: { service } };
    }
    case "fileByFilename":
      return files(index.fileNamed(messageRequest.value), messageRequest.value);
    case "fileContainingSymbol":
      return files(index.fileOfSymbol(messageRequest.value), messageRequest.value);
    case "fileContainingExtension": {
      const { containingType, extensionNumber } = messageRequest.value;
      const name = `extension ${extensionNumber} of ${containingType}`;
      return files(index.fileOfExtension(containingType, extensionNumber), name);
    }
    case "allExtensionNumbersOfType":
      return {
        case: "allExtensionNumbersResponse",
        value: {
          baseTypeName: messageRequest.value,
          extensionNumber: [...index.extensionsOf(messageRequest.value)],
        },
      };
    case undefined:
      return refusal(INVALID_ARGUMENT, "ask one question");
  }
}

function fileResponse(fileDescriptorProto: Uint8Array[]): Answer {
  return { case: "fileDescriptorResponse", value: { fileDescriptorProto } };
}

function refusal(errorCode: number, errorMessage: string): Answer {
  return { case: "errorResponse", value: { errorCode, errorMessage } };
}
