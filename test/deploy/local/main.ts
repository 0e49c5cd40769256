// Follows the pages, in a namespace of its own (../local.ts), and says what it did, in one line.
import { followPage } from "./follow-page.ts";
import { PAGES } from "./pages.ts";

const seen: string[] = [];
for (const page of PAGES) {
  seen.push(await followPage(page));
}
console.log(seen.join("; "));
