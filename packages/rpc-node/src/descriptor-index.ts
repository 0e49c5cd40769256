import {
  type DescExtension,
  type DescFile,
  type DescMessage,
  type DescService,
  toBinary,
} from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";

/** The files that services are defined in, by what they define. */
export type DescriptorIndex = {
  /** Full names. */
  readonly services: readonly string[];
  /** The three finders answer with the name of a file. */
  fileNamed(name: string): string | undefined;
  fileOfSymbol(symbol: string): string | undefined;
  fileOfExtension(extendee: string, number: number): string | undefined;
  extensionsOf(extendee: string): readonly number[];
  /** The bytes of a file and of those that it imports, without those in `sent`, to which they are added. */
  withDependencies(file: string, sent: Set<string>): Uint8Array[];
};

/**
 * Indexes the descriptors of services.
 *
 * They are served as the bytes that were compiled into them, so that custom options survive, the rules of fields among
 * them; libraries that take descriptors apart and put them together again lose these.
 */
export function createDescriptorIndex(services: readonly DescService[]): DescriptorIndex {
  const files = filesOf(services);
  const symbols = new Map<string, string>();
  const extensions: DescExtension[] = [];
  for (const file of files.values()) {
    for (const symbol of symbolsOf(file)) {
      symbols.set(symbol, file.proto.name);
    }
    extensions.push(...file.extensions, ...file.messages.flatMap(nestedExtensions));
  }
  return {
    services: [...new Set(services.map(({ typeName }) => typeName))],
    fileNamed: (name) => files.get(name)?.proto.name,
    fileOfSymbol: (symbol) => symbols.get(symbol),
    fileOfExtension: (extendee, number) =>
      extensions.find((found) => found.extendee.typeName === extendee && found.number === number)
        ?.file.proto.name,
    extensionsOf: (extendee) =>
      extensions
        .filter((found) => found.extendee.typeName === extendee)
        .map(({ number }) => number),
    withDependencies(name, sent) {
      const file = files.get(name);
      if (file === undefined) {
        return [];
      }
      const fresh = closureOf(file).filter((found) => !sent.has(found.proto.name));
      for (const found of fresh) {
        sent.add(found.proto.name);
      }
      // Who asks again for what he has gets that file again: an empty answer would be an error.
      return (fresh.length > 0 ? fresh : [file]).map(({ proto }) =>
        toBinary(FileDescriptorProtoSchema, proto),
      );
    },
  };
}

function filesOf(services: readonly DescService[]): ReadonlyMap<string, DescFile> {
  const all = services.flatMap(({ file }) => closureOf(file));
  return new Map(all.map((file) => [file.proto.name, file]));
}

/** A file and all that it imports, itself first. */
function closureOf(root: DescFile): readonly DescFile[] {
  const found = new Set<DescFile>([root]);
  for (const file of found) {
    for (const dependency of file.dependencies) {
      found.add(dependency);
    }
  }
  return [...found];
}

function symbolsOf(file: DescFile): readonly string[] {
  return [
    ...file.messages.flatMap(symbolsOfMessage),
    ...file.enums.map(({ typeName }) => typeName),
    ...file.extensions.map(({ typeName }) => typeName),
    ...file.services.flatMap(({ typeName, methods }) => [
      typeName,
      ...methods.map(({ name }) => `${typeName}.${name}`),
    ]),
  ];
}

function symbolsOfMessage(message: DescMessage): readonly string[] {
  return [
    message.typeName,
    ...message.fields.map(({ name }) => `${message.typeName}.${name}`),
    ...message.nestedEnums.map(({ typeName }) => typeName),
    ...message.nestedExtensions.map(({ typeName }) => typeName),
    ...message.nestedMessages.flatMap(symbolsOfMessage),
  ];
}

function nestedExtensions(message: DescMessage): readonly DescExtension[] {
  return [...message.nestedExtensions, ...message.nestedMessages.flatMap(nestedExtensions)];
}
