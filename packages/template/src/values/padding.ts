import type { Budget } from "../budget.ts";
import { characterCount } from "./characters.ts";

type Padding = { readonly width: number; readonly fill: string; readonly budget: Budget };

/** What a text lacks to a width. */
export function padding(text: string, { width, fill, budget }: Padding): string {
  const lacking = Math.max(width - characterCount(text), 0);
  budget.text(text.length + lacking * fill.length);
  return fill.repeat(lacking);
}

/** A text in the middle of a width; Python puts the odd blank left when the width is odd, else right. */
export function centered(text: string, options: Padding): string {
  const blanks = padding(text, options);
  const lacking = blanks.length / options.fill.length;
  const left = Math.floor(lacking / 2) + (lacking & options.width & 1);
  return options.fill.repeat(left) + text + options.fill.repeat(lacking - left);
}
