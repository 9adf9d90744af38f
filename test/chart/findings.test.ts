import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { leafPaths } from '../docs/chart.ts';
import { everyComplaint, findings } from './findings.ts';
import { chart, kustomized, type Manifest, root } from './manifests.ts';
import { reasons } from './reasons.ts';

const ofOthers = { matchLabels: { app: 'other' } };

const careless: (Manifest & { spec?: unknown })[] = [
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'careless' },
    spec: {
      replicas: 1,
      template: {
        metadata: { labels: { app: 'careless' } },
        spec: {
          hostNetwork: true,
          volumes: [{ name: 'host', hostPath: { path: '/' } }],
          containers: [
            {
              name: 'c',
              image: 'registry.example:5000/x',
              ports: [{ containerPort: 80, hostPort: 80 }],
              env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'a', key: 'b' } } }],
            },
          ],
        },
      },
    },
  },
  {
    kind: 'Pod',
    metadata: { name: 'trusting' },
    spec: { automountServiceAccountToken: true, containers: [] },
  },
  {
    kind: 'Role',
    rules: [
      { apiGroups: ['*'], resources: ['nodes/proxy', 'pods/exec', 'secrets'], verbs: ['get'] },
      { apiGroups: ['rbac.authorization.k8s.io'], resources: ['roles'], verbs: ['bind'] },
      { apiGroups: [''], resources: ['pods', 'serviceaccounts/token'], verbs: ['create'] },
      { apiGroups: ['admissionregistration.k8s.io'], resources: ['policies'], verbs: ['get'] },
    ],
  },
  // Neither is for the pods above.
  { kind: 'NetworkPolicy', metadata: { name: 'open' }, spec: { podSelector: ofOthers, egress: [{}] } },
  { kind: 'PodDisruptionBudget', metadata: { name: 'others' }, spec: { selector: ofOthers } },
];

describe('what linters say about the operator', () => {
  it('has a written reason, each of which is needed', async () => {
    const said = findings(await kustomized(join(root, 'config/default')));
    expect(said.sort()).to.deep.equal(Object.keys(reasons).sort());
  });

  for (const complaint of everyComplaint) {
    it(`would be: ${complaint}`, () =>
      expect(findings(careless).some((one) => one.includes(complaint))).to.equal(true));
  }
});

describe('an image', () => {
  const images = {
    'registry.example:5000/x': true,
    'x:latest': true,
    'x:1.2': false,
    [`x@sha256:${'a'.repeat(64)}`]: false,
    [`x:latest@sha256:${'a'.repeat(64)}`]: false,
  };
  for (const [image, isNone] of Object.entries(images)) {
    it(`${isNone ? 'has no' : 'has a'} version: ${image}`, () => {
      const pod = { kind: 'Pod', spec: { containers: [{ name: 'c', image }] } };
      expect(findings([pod]).some((one) => one.includes('without a version'))).to.equal(isNone);
    });
  }
});

describe("the chart's schema of values", () => {
  it('has no value that values.yaml does not show', async () => {
    const schema = JSON.parse(await readFile(join(chart, 'values.schema.json'), 'utf8'));
    const values: unknown = parse(await readFile(join(chart, 'values.yaml'), 'utf8'));
    const known = pathsIn(schema).filter((path) => path !== 'global');
    const shown = new Set(leafPaths(values).flatMap(prefixes));
    expect(known.filter((path) => !shown.has(path) && !isOfKubernetes(path))).to.deep.equal([]);
  });
});

const isOfKubernetes = (path: string) => /^(affinity|resources)\./.test(path);
const prefixes = (path: string) =>
  path.split('.').map((_, index, words) => words.slice(0, index + 1).join('.'));

function pathsIn({ properties }: { properties?: Record<string, object> }, path: string[] = []): string[] {
  return Object.entries(properties ?? {}).flatMap(([key, child]) => {
    const here = [...path, key];
    return [here.join('.'), ...pathsIn(child, here)];
  });
}
