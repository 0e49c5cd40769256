/** A path as every result of a file operation shows it: as written, under three names (L187). */
export function pathFacts(path: string): { path: string; filepath: string; file_path: string } {
  return { path, filepath: path, file_path: path };
}
