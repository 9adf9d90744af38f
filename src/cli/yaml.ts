import { stringify } from 'yaml';

/** As kubectl reads it: to its YAML, which is older than 1.2, `y`, `on` or `1:30` without quotes are no texts. */
export const forKubectl = { version: '1.1', aliasDuplicateObjects: false } as const;

export function yamlOf(objects: object[]): string {
  return objects.map((object) => stringify(object, { ...forKubectl, lineWidth: 0 })).join('---\n');
}
