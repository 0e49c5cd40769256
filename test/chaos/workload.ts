/** A run of the chaos test: `effect` may not be repeated, `again` may; both say so to the ledger when they begin. */
export function chaosDocument(ledgerPort: number): string {
  const say = (step: string): string =>
    `exec 3<>/dev/tcp/127.0.0.1/${ledgerPort}; echo '{{ key }} ${step}' >&3; read -r answer <&3; [ \\"$answer\\" = ok ]`;
  return `id: chaos
name: Effects under faults
inputs:
  key: {type: string, required: true}
  seconds: {type: number, default: 0.5}
steps:
  - {id: begin, action: control_flow}
  - id: note
    tool: filesystem
    action: write
    parameters: {path: "notes/{{ key }}.txt", content: "{{ key }}"}
    dependencies: [begin]
  - id: effect
    tool: terminal
    action: execute
    parameters: {shell: bash, command: "${say("effect")} && sleep {{ seconds }}"}
    dependencies: [begin]
  - id: ask
    action: generate
    parameters: {prompt: "Chaos question {{ key }}", model: scripted, max_tokens: 20}
    dependencies: [note]
  - id: again
    tool: terminal
    action: execute
    idempotent: true
    parameters: {shell: bash, command: "${say("again")} && sleep {{ seconds }}"}
    dependencies: [ask]
  - id: read
    tool: filesystem
    action: read
    parameters: {path: "notes/{{ key }}.txt"}
    dependencies: [again]
  - {id: end, action: control_flow, dependencies: [effect, read]}
outputs:
  note: "{{ read.content }}"
`;
}

/** Steps whose effect the ledger sees, and whether a lost attempt may be made again (L51). */
export const EFFECTS = [
  { step: "effect", repeatable: false },
  { step: "again", repeatable: true },
] as const;
