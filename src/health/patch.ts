/** The command that changes the spec of a config. */
export function patch(name: string, spec: object): string {
  return `kubectl patch msc ${name} --type=merge -p '${JSON.stringify({ spec })}'`;
}
