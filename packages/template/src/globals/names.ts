/** The name under which `json.loads(x)` (L62) is found; no other spelling reaches it. */
export const JSON_LOADS = "json.loads";
