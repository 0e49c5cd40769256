/** A result document as it is printed: indented, its keys in their order. */
export function documentText(documentJson: string): string {
  return `${JSON.stringify(JSON.parse(documentJson), null, 2)}\n`;
}
