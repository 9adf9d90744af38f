import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import { MetricsServerConfigSpec } from '../crds/metrics-server-config.ts';
import { nested, notCarriedOver, type Piece } from './piece.ts';

/** Those pieces that make a valid spec. What the schema refuses is a remark, in its words. */
export function settled(pieces: Piece[]): { pieces: Piece[]; remarks: string[] } {
  const [issue] = issuesOf(pieces);
  if (issue === undefined) return known(pieces);
  const guilty = guiltyOf(issue, pieces);
  if (guilty.length === 0) throw new Error(`spec.${issue.path.join('.')}: ${issue.message}`);
  const rest = settled(pieces.filter((piece) => !guilty.includes(piece)));
  const refused = guilty.map(({ from }) => notCarriedOver(from, sentence(issue)));
  return { pieces: rest.pieces, remarks: [...refused, ...rest.remarks] };
}

type Issue = z.core.$ZodIssue;

function issuesOf(pieces: Piece[]): Issue[] {
  return MetricsServerConfigSpec.safeParse(nested(pieces)).error?.issues ?? [];
}

/** zod's own sentences name no field. */
function sentence({ code, path, message }: Issue): string {
  return code === 'custom' ? message : `spec.${path.join('.')}: ${message}`;
}

/** The one piece without which the issue is gone, or else all that it may be about. */
function guiltyOf(issue: Issue, pieces: Piece[]): Piece[] {
  const suspects = concerned(issue.path.map(String), pieces);
  const culprit = suspects.findLast((suspect) => {
    const others = issuesOf(pieces.filter((piece) => piece !== suspect));
    return !others.some(
      ({ message, path }) => message === issue.message && isDeepStrictEqual(path, issue.path),
    );
  });
  return culprit === undefined ? suspects : [culprit];
}

/** Where nothing is at the path, a field is missing: its siblings cannot do without it. */
function concerned(at: string[], pieces: Piece[]): Piece[] {
  const found = pieces.filter(({ path }) => overlap(path, at));
  return found.length > 0 || at.length === 0 ? found : concerned(at.slice(0, -1), pieces);
}

function overlap(a: string[], b: string[]): boolean {
  return a.every((part, index) => b[index] === undefined || b[index] === part);
}

/** Fields of Kubernetes' types that the schema does not know are dropped by it, so they are named here. */
function known(pieces: Piece[]): { pieces: Piece[]; remarks: string[] } {
  const parsed = MetricsServerConfigSpec.parse(nested(pieces));
  const kept = pieces.map((piece) => ({ ...piece, value: common(piece.value, at(parsed, piece.path)) }));
  const remarks = pieces.flatMap(({ path, value }) =>
    dropped(value, at(parsed, path), path.join('.')).map((field) =>
      notCarriedOver(field, 'the spec has no such field'),
    ),
  );
  return { pieces: kept, remarks };
}

function at(value: unknown, path: string[]): unknown {
  return path.reduce<unknown>((inner, key) => membersOf(inner).get(key), value);
}

/** The given value without what the schema does not know, and in the schema's order. */
function common(given: unknown, parsed: unknown): unknown {
  if (Array.isArray(given)) {
    const twins = Array.isArray(parsed) ? parsed : [];
    return given.map((item, index) => common(item, twins[index]));
  }
  if (typeof given !== 'object' || given === null) return given;
  const members = membersOf(given);
  const shared = [...membersOf(parsed)].filter(([key]) => members.get(key) !== undefined);
  return Object.fromEntries(shared.map(([key, twin]) => [key, common(members.get(key), twin)]));
}

function dropped(given: unknown, parsed: unknown, path: string): string[] {
  if (typeof given !== 'object' || given === null) return [];
  const twins = membersOf(parsed);
  return [...membersOf(given)]
    .filter(([, child]) => child !== undefined)
    .flatMap(([key, child]) =>
      twins.has(key) ? dropped(child, twins.get(key), `${path}.${key}`) : [`${path}.${key}`],
    );
}

function membersOf(value: unknown): Map<string, unknown> {
  return new Map(typeof value === 'object' && value !== null ? Object.entries(value) : []);
}
