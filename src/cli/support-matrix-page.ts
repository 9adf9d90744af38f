import { knownMinors, knownReleases, rangeText } from '../crds/catalogue/releases.ts';
import { minorOf } from '../crds/catalogue/versions.ts';

/** docs/support-matrix.md. */
export function supportMatrixPage(): string {
  return `<!-- Generated from src/crds by "npm run generate". Do not edit. -->
# What works with what

## The operator and Kubernetes

The operator needs Kubernetes 1.31 or newer. Its tests run against Kubernetes 1.36; it has not been run against the older ones of this table yet.

| Kubernetes | |
| --- | --- |
| 1.30 and older | not supported: the chart refuses (\`kubeVersion\`) |
| 1.31 to 1.35 | meant to work: every API version that the operator uses is stable there; not tested yet |
| 1.36 | supported, and what every test runs against |
| newer | nothing is known against it; not tested |

## metrics-server and Kubernetes

Without \`spec.version\` a config gets the newest release for the Kubernetes of the cluster, and keeps it. Asked for another one, the operator says so in
\`Accepted\` (UnsupportedKubernetes) and changes nothing. An unknown patch of a known line is taken, with what holds for its line: a security fix does not
wait for an operator.

| metrics-server | Kubernetes | |
| --- | --- | --- |
${knownMinors.toReversed().map(line).join('\n')}

One release of each line from 0.6 on is built from its sources and started with every flag in \`npm run test:ecosystem\`; the newest is what all other tests run.
`;
}

function line(minor: string): string {
  const patches = knownReleases.filter(({ version }) => minorOf(version) === minor);
  const [first] = patches;
  if (first === undefined) throw new Error(`the catalogue has no patch of ${minor}`);
  const note = first.isLegacy
    ? 'only with `LEGACY_RELEASES=true` and the rights of [legacy.yaml](../config/rbac/legacy.yaml)'
    : '';
  return `| ${patches.map(({ version }) => version).join(', ')} | ${rangeText(first)} | ${note} |`;
}
