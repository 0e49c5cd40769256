const GRPC = /^application\/grpc(\+(proto|json))?\s*(;|$)/i;
const GRPC_WEB = /^application\/grpc-web(\+(proto|json))?\s*(;|$)/i;

/** What a request speaks, as its content type says; an error is told in the same. */
export type Dialect = "grpc" | "grpc-web" | "http";

/** Tells the dialect of a content type; whatever only looks like gRPC is plain HTTP. */
export function dialectOf(contentType: string | undefined): Dialect {
  if (contentType === undefined) {
    return "http";
  }
  return GRPC.test(contentType) ? "grpc" : GRPC_WEB.test(contentType) ? "grpc-web" : "http";
}
