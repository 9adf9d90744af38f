import { z } from 'zod';

const Named = z.object({ name: z.string() });
const Titled = z.object({ kind: z.string(), metadata: Named });

/** Every value of some objects under its path, such as `Service metrics-server: spec.ports[https].port`. */
export function leaves(objects: object[]): Map<string, unknown> {
  return new Map(
    objects.flatMap((object) => {
      const title = titleOf(object);
      return below(object, '').map(([path, value]) => [`${title}: ${path}`, value] as const);
    }),
  );
}

/** "Service metrics-server". */
export function titleOf(object: object): string {
  const { kind, metadata } = Titled.parse(object);
  return `${kind} ${metadata.name}`;
}

function below(value: unknown, path: string): [path: string, value: unknown][] {
  if (typeof value !== 'object' || value === null) return value === undefined ? [] : [[path, value]];
  if (Array.isArray(value)) return value.flatMap((item, index) => belowItem(item, index, path));
  const entries = Object.entries(value);
  if (entries.length === 0) return [[path, '{}']];
  return entries.flatMap(([key, child]) => below(child, path === '' ? key : `${path}.${key}`));
}

/** An item goes by its name or, as a flag does, by what stands before the =; others by their place. */
function belowItem(item: unknown, index: number, path: string): [path: string, value: unknown][] {
  const [, flag, value = true] = typeof item === 'string' ? (/^(--[^=]+)(?:=(.*))?$/.exec(item) ?? []) : [];
  if (flag !== undefined) return [[`${path}[${flag}]`, value]];
  const named = Named.safeParse(item);
  return below(item, `${path}[${named.success ? named.data.name : index}]`);
}

/** What differs, as `PATH: THEIRS -> OURS`. */
export function differences(theirs: Map<string, unknown>, ours: Map<string, unknown>): string[] {
  const paths = new Set([...theirs.keys(), ...ours.keys()]);
  return [...paths]
    .filter((path) => theirs.get(path) !== ours.get(path))
    .map((path) => `${path}: ${text(theirs, path)} -> ${text(ours, path)}`)
    .sort();
}

function text(values: Map<string, unknown>, path: string): string {
  return values.has(path) ? `${values.get(path)}` : 'nothing';
}
