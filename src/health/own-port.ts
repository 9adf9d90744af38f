/** An error of Go without the port that its request came from: that is another one each time, and would make each attempt news. */
export function withoutOwnPort(error: string): string {
  return error.replaceAll(/\b((?:read|write|dial) (?:tcp|udp)[46]? (?:\[[^\]]*\]|[^\s:]+)):\d+->/g, '$1->');
}
