export interface Misspelt {
  /** Where the field is too much; `[]` for any item of a list. */
  path: string;
  object: object;
}

/** An object over and over, each time with one field that does not exist: in every map of it, and in the first item of each list. */
export function misspelt(value: unknown, path = ''): Misspelt[] {
  if (Array.isArray(value)) {
    const [first, ...others] = value;
    return misspelt(first, `${path}[]`).map((one) => ({ ...one, object: [one.object, ...others] }));
  }
  if (typeof value !== 'object' || value === null) return [];
  const deeper = Object.entries(value).flatMap(([key, child]) =>
    misspelt(child, `${path}.${key}`).map((one) => ({ ...one, object: { ...value, [key]: one.object } })),
  );
  return [{ path, object: { ...value, misspelt: 'a' } }, ...deeper];
}
