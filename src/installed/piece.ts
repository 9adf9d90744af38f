/** One field of the spec, and what in the cluster asks for it. */
export interface Piece {
  path: string[];
  value: unknown;
  /** For the remark, where the field cannot be set. */
  from: string;
  /** A comment behind the field, where it does not speak for itself. */
  note?: string;
}

/** A concern's share of the spec, and what the spec cannot say of it. */
export interface Share {
  pieces: Piece[];
  remarks: string[];
}

export function notCarriedOver(what: string, because: string): string {
  return `not carried over: ${what}: ${because}`;
}

/** The object that the pieces make. */
export function nested(pieces: Pick<Piece, 'path' | 'value'>[]): Record<string, unknown> {
  const groups = Map.groupBy(pieces, ({ path }) => path[0] ?? '');
  return Object.fromEntries(
    [...groups].map(([key, members]) => {
      const whole = members.findLast(({ path }) => path.length === 1);
      const inner = members.map(({ path, value }) => ({ path: path.slice(1), value }));
      return [key, whole === undefined ? nested(inner) : whole.value];
    }),
  );
}

/** Of a Secret that only pods use. */
export const usable =
  'the pods must be allowed to use it: config/policy/deployments.yaml of the operator, or secretNames of its chart';
