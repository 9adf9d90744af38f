import { z } from 'zod';
import type { ConditionType } from '../crds/findings.ts';
import { group, kind, MetricsServerConfigSchema, plural, version } from '../crds/metrics-server-config.ts';

/** The CustomResourceDefinition, made from the zod schema. */
export function customResourceDefinition() {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Cluster',
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List`, shortNames: ['msc'] },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: printerColumns,
          schema: { openAPIV3Schema: openApiSchema() },
        },
      ],
    },
  };
}

const condition = (type: ConditionType, field: string) => `.status.conditions[?(@.type=="${type}")].${field}`;
const ready = (field: string) => condition('Ready', field);

const printerColumns = [
  { name: 'Ready', type: 'string', jsonPath: ready('status'), description: 'Whether metrics are served.' },
  { name: 'Reason', type: 'string', jsonPath: ready('reason'), description: 'Why, in a word.' },
  {
    name: 'Nodes',
    type: 'string',
    jsonPath: '.status.nodes.scraped',
    description: 'Nodes scraped of nodes expected.',
  },
  {
    name: 'Version',
    type: 'string',
    jsonPath: '.status.version',
    description: 'Release of metrics-server that runs.',
  },
  {
    name: 'Secure',
    type: 'string',
    jsonPath: condition('Secure', 'status'),
    description: 'Whether everything is verified.',
  },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Age of the config.' },
  {
    name: 'Message',
    type: 'string',
    jsonPath: ready('message'),
    priority: 1,
    description: 'Why, in a sentence.',
  },
];

/** A structural schema: what zod says, less what the API server refuses in a CRD. */
function openApiSchema() {
  const schema = z.toJSONSchema(MetricsServerConfigSchema, {
    target: 'openapi-3.0',
    io: 'input',
    unrepresentable: 'any', // int-or-string has no type in a CRD
    override: ({ zodSchema, jsonSchema, path }) => {
      if (path.join('.') === 'properties.status') {
        // Who judges by kstatus would take an object without a status for done; so it has one from the first moment.
        jsonSchema.default = { observedGeneration: -1 };
      } else if (jsonSchema.type === 'object' && jsonSchema.default !== undefined) {
        // CEL sees the default as it is written, so it must be complete.
        jsonSchema.default = z.json().parse(z.safeParse(zodSchema, undefined).data);
      }
      if (jsonSchema.type === 'integer') {
        jsonSchema.format = 'int64';
        if (Math.abs(jsonSchema.minimum ?? 0) === Number.MAX_SAFE_INTEGER) delete jsonSchema.minimum;
        if (Math.abs(jsonSchema.maximum ?? 0) === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      }
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
    },
  });
  const { $schema: _, ...structural } = schema;
  const metadata = { type: 'object' }; // the API server knows it and refuses anything more here
  const description = 'What metrics-server should be like in this cluster, and whether it is so.';
  return { ...structural, description, properties: { ...structural.properties, metadata } };
}
