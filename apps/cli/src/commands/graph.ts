import { compile, validationText } from "@orchestrator/pipeline";
import { catalogue } from "@orchestrator/tools/catalogue";

import { folderOfDocument, readDocument } from "../document-file.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { svgOf } from "../graph/graph-svg.ts";
import { dotOf, mermaidOf } from "../graph/graph-text.ts";
import { graphOf } from "../graph/step-graph.ts";
import type { Io } from "../io.ts";

type Options = { readonly format: string; readonly json?: boolean };

/** `graph`: the steps of a document, and what leads from one to another. */
export async function graph(
  io: Io,
  file: string,
  { format, json = false }: Options,
): Promise<ExitCode> {
  const compilation = compile(readDocument(io, file), {
    bundle: [],
    files: folderOfDocument(io, file),
    catalogue,
  });
  if (compilation.kind === "refused") {
    io.stderr.write(`${validationText({ file, compilation })}\n`);
    return EXIT.usage;
  }
  const drawn = graphOf(compilation.plan);
  if (json) {
    io.stdout.write(`${JSON.stringify(drawn, null, 2)}\n`);
  } else if (format === "svg") {
    io.stdout.write(svgOf(drawn));
  } else {
    io.stdout.write(format === "dot" ? dotOf(drawn) : mermaidOf(drawn));
  }
  return EXIT.ok;
}
