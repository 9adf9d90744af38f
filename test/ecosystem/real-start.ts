import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import type { V1Deployment } from '@kubernetes/client-node';
import { endRecorded } from '../../local-cluster/down.ts';
import { layout } from '../../local-cluster/layout.ts';
import type { LocalCluster } from '../../local-cluster/local-cluster.ts';
import { freePort } from '../../local-cluster/ports.ts';
import { startComponent, waitUntil } from '../../local-cluster/processes.ts';
import type { EffectiveSpec } from '../../src/crds/effective.ts';
import { deployment } from '../../src/resources/deployment.ts';
import { mountedFolders, servingFolder, servingVolume } from '../../src/resources/files.ts';

const auditPolicy = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules: [{ level: 'Metadata' }] };
const mountFolder = '/etc/metrics-server';
const component = 'metrics-server';

interface Answer {
  status: number | undefined;
  body: string;
}

/**
 * Starts a real program with the arguments of a rendered Deployment, against a control plane, and returns what its
 * /livez answers once it does; fails with its log when it ends. The program runs no longer when this returns.
 */
export async function liveAnswer(
  program: string,
  spec: EffectiveSpec,
  cluster: LocalCluster,
): Promise<Answer> {
  const paths = layout(cluster.state);
  const container = await containerFolder(spec, cluster);
  const port = await freePort();
  const command = [
    program,
    ...argsHere(argsOf(deployment('metrics-server', spec)), container),
    ...outside(cluster, port),
  ];
  const needs = [await startComponent(paths, { name: component, command }, { diesWithParent: true })];
  const answers: Answer[] = [];
  try {
    await waitUntil(
      'metrics-server lives',
      async () => {
        const answer = await ask(port, spec.release.probes.live);
        if (answer !== undefined) answers.push(answer);
        return answer?.status === 200;
      },
      { needs, seconds: 30 },
    );
  } finally {
    await endRecorded(paths, (name) => name === component);
  }
  return answers.at(-1) ?? { status: undefined, body: '' };
}

function argsOf({ spec }: V1Deployment): string[] {
  return spec?.template.spec?.containers[0]?.args ?? [];
}

/** Stands for the container's own files: its /tmp, and what the kubelet would mount. */
async function containerFolder(spec: EffectiveSpec, { state }: LocalCluster): Promise<string> {
  const root = join(state, 'container');
  await mkdir(join(root, 'tmp'), { recursive: true });
  for (const { folder, files } of mountedFolders('metrics-server', spec)) {
    await mkdir(join(root, folder), { recursive: true });
    for (const { flag, file } of files) {
      await writeFile(join(root, folder, file), await contentOf(flag, state));
    }
  }
  if (servingVolume('metrics-server', spec) !== undefined) {
    await mkdir(join(root, servingFolder), { recursive: true });
    await copyFile(join(state, 'pki/apiserver.crt'), join(root, servingFolder, 'tls.crt'));
    await copyFile(join(state, 'pki/apiserver.key'), join(root, servingFolder, 'tls.key'));
  }
  return root;
}

/** What the user would have put into the ConfigMap or Secret behind a flag. */
async function contentOf(flag: string, state: string): Promise<string> {
  switch (flag) {
    case 'audit-policy-file':
      return JSON.stringify(auditPolicy);
    case 'audit-webhook-config-file':
      return await readFile(join(state, 'kubeconfig'), 'utf8'); // no receiver is needed for a start
    case 'requestheader-client-ca-file':
      return await readFile(join(state, 'pki/front-proxy-ca.crt'), 'utf8');
    case 'client-ca-file':
    case 'kubelet-certificate-authority':
      return await readFile(join(state, 'pki/ca.crt'), 'utf8');
  }
  if (flag === 'kubelet-client-certificate') return await readFile(join(state, 'pki/admin.crt'), 'utf8');
  if (flag === 'kubelet-client-key') return await readFile(join(state, 'pki/admin.key'), 'utf8');
  throw new Error(`no file is known for --${flag}`);
}

/** Values that name a place in the container name the same place below the folder that stands for it. */
function argsHere(args: string[], container: string): string[] {
  return args.map((arg) => {
    const [, name, path] = /^(--[^=]+)=(.*)$/.exec(arg) ?? [];
    const reachesPods =
      path !== undefined &&
      [mountFolder, '/tmp'].some((place) => path === place || path.startsWith(`${place}/`));
    return reachesPods ? `${name}=${join(container, path)}` : arg;
  });
}

/**
 * What differs outside a pod: there is no ServiceAccount, so kubeconfigs say where the API server is; the port of the spec may
 * be taken here; and nobody else on the network is to reach a program under test. A flag that comes twice counts as it came last.
 */
function outside({ kubeconfig }: LocalCluster, port: number): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    `--secure-port=${port}`,
    '--bind-address=127.0.0.1',
  ];
}

/** Undefined while nobody answers. The certificate is one that the program has just made for itself. */
function ask(port: number, path: string): Promise<Answer | undefined> {
  return new Promise((resolve) => {
    const sent = request(
      { host: '127.0.0.1', port, path, rejectUnauthorized: false, agent: false },
      (response) => {
        response.setEncoding('utf8');
        const parts: string[] = [];
        response.on('data', (part) => parts.push(part));
        response.on('end', () => resolve({ status: response.statusCode, body: parts.join('') }));
      },
    );
    sent.on('error', () => resolve(undefined));
    sent.end();
  });
}
