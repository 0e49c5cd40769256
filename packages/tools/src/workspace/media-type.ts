import { extname } from "node:path";

/** The media type that a file's name suggests. */
export function mediaTypeOf(path: string): string {
  return MEDIA_TYPES.get(extname(path).toLowerCase()) ?? "application/octet-stream";
}

const MEDIA_TYPES: ReadonlyMap<string, string> = new Map([
  [".csv", "text/csv"],
  [".gif", "image/gif"],
  [".gz", "application/gzip"],
  [".htm", "text/html"],
  [".html", "text/html"],
  [".jpeg", "image/jpeg"],
  [".jpg", "image/jpeg"],
  [".js", "text/javascript"],
  [".json", "application/json"],
  [".jsonl", "application/jsonl"],
  [".log", "text/plain"],
  [".md", "text/markdown"],
  [".mp3", "audio/mpeg"],
  [".mp4", "video/mp4"],
  [".pdf", "application/pdf"],
  [".png", "image/png"],
  [".py", "text/x-python"],
  [".sh", "application/x-sh"],
  [".sql", "application/sql"],
  [".svg", "image/svg+xml"],
  [".tar", "application/x-tar"],
  [".tsv", "text/tab-separated-values"],
  [".txt", "text/plain"],
  [".wav", "audio/wav"],
  [".webp", "image/webp"],
  [".xml", "application/xml"],
  [".yaml", "application/yaml"],
  [".yml", "application/yaml"],
  [".zip", "application/zip"],
]);
