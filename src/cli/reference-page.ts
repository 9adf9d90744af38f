import { z } from 'zod';
import { apiVersion, kind } from '../crds/metrics-server-config.ts';
import { customResourceDefinition } from './crd.ts';

/** What the page shows of a schema; the CRD has more. */
interface Field {
  type?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  maxItems?: number;
  required?: string[];
  properties?: Record<string, Field>;
  items?: Field;
  additionalProperties?: Field;
}

const Field: z.ZodType<Field> = z.lazy(() =>
  z.object({
    type: z.string().optional(),
    description: z.string().optional(),
    default: z.unknown().optional(),
    enum: z.array(z.unknown()).optional(),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    maxLength: z.number().optional(),
    maxItems: z.number().optional(),
    required: z.array(z.string()).optional(),
    properties: z.record(z.string(), Field).optional(),
    items: Field.optional(),
    additionalProperties: Field.optional(),
  }),
);

interface Row {
  path: string;
  field: Field;
  isRequired: boolean;
}

/** Every field below another one, itself not among them. `[]` stands for the members of a list, `*` for the keys of a map. */
export function fieldsOf(field: Field, path = ''): Row[] {
  const { properties = {}, required = [], items, additionalProperties } = field;
  const own = Object.entries(properties).flatMap(([name, child]) => {
    const at = path === '' ? name : `${path}.${name}`;
    return [{ path: at, field: child, isRequired: required.includes(name) }, ...fieldsOf(child, at)];
  });
  return [
    ...own,
    ...(items === undefined ? [] : fieldsOf(items, `${path}[]`)),
    ...(additionalProperties === undefined ? [] : fieldsOf(additionalProperties, `${path}.*`)),
  ];
}

/** The schema of a MetricsServerConfig, as the CRD has it. */
export function configSchema(): Field {
  const [version] = customResourceDefinition().spec.versions;
  return Field.parse(version?.schema.openAPIV3Schema);
}

/** docs/reference.md. */
export function referencePage(): string {
  const { spec, status } = configSchema().properties ?? {};
  return [
    '<!-- Generated from src/crds by "npm run generate". Do not edit. -->',
    `# ${kind}: every field`,
    '',
    `\`apiVersion: ${apiVersion}\`, \`kind: ${kind}\`, short name \`msc\`, cluster-scoped. \`kubectl explain msc.spec\` says the same in a terminal, and`,
    'what does not fit each other is refused when you apply it, with a sentence. `[]` stands for each member of a list, `*` for each key of a map.',
    '',
    ...sectionOf('spec', spec),
    ...sectionOf('status', status),
  ].join('\n');
}

function sectionOf(title: string, field: Field = {}): string[] {
  const rows = fieldsOf(field).map(
    ({ path, field, isRequired }) =>
      `| ${[`\`${path}\``, typeOf(field), defaultOf(field, isRequired), cell(field.description ?? '')].join(' | ')} |`,
  );
  return [
    `## ${title}`,
    '',
    cell(field.description ?? ''),
    '',
    '| Field | Type | Default | What it is |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ];
}

function typeOf(field: Field): string {
  const { type = 'integer or text', enum: choices, items, additionalProperties } = field;
  if (choices !== undefined) return choices.map((one) => `\`${one}\``).join(', ');
  if (items !== undefined) return `list of ${typeOf(items)}`;
  if (additionalProperties !== undefined) return `map to ${typeOf(additionalProperties)}`;
  return `${type === 'string' ? 'text' : type}${limitsOf(field)}`;
}

function limitsOf({ minimum, maximum, maxLength }: Field): string {
  if (minimum !== undefined && maximum !== undefined) return `, ${minimum} to ${maximum}`;
  if (minimum !== undefined) return `, at least ${minimum}`;
  if (maximum !== undefined) return `, at most ${maximum}`;
  return maxLength === undefined ? '' : `, at most ${maxLength} characters`;
}

function defaultOf(field: Field, isRequired: boolean): string {
  if (isRequired) return 'required';
  if (field.default === undefined || field.properties !== undefined) return ''; // those of its fields say it
  return `\`${JSON.stringify(field.default)}\``;
}

/** A line of a table: a bar would end its cell, and angle brackets would be taken for HTML. */
function cell(text: string): string {
  return text.replaceAll('\n', ' ').replaceAll('|', '\\|').replaceAll('<', '&lt;');
}
