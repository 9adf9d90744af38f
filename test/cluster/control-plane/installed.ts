import type { Server } from 'node:https';
import { join } from 'node:path';
import type { KubernetesObject, V1APIService, V1Secret } from '@kubernetes/client-node';
import { expect } from 'chai';
import type { LocalCluster } from '../../../local-cluster/local-cluster.ts';
import { type OperatorProcess, operatorKubeconfig, startOperator } from '../../../local-cluster/operator.ts';
import { freePort } from '../../../local-cluster/ports.ts';
import { apiServiceName, names } from '../../../src/resources/names.ts';
import { references, sharedReferences } from '../../../src/resources/references.ts';
import { eventually } from '../eventually.ts';
import { applyYaml, configYaml, expectCondition, get } from '../objects.ts';
import { grantClusterRightsFor, grantRightsFor } from '../rights.ts';
import { ownAddress, sayReady } from './on-control-plane.ts';
import { end, standIn } from './stand-in.ts';

/** CRD, rights and what else an operator needs. */
export const everythingOf = join(import.meta.dirname, '../../../config/default');

const config = 'metrics-server';
// Where the CRD has been away, the garbage collector learns of it within 30 s, and so does a watch.
const convergedMs = 90_000;

/** The operator with one config, whose metrics API answers: a stand-in shows the certificate that the operator has made. */
export interface Installed {
  cluster: LocalCluster;
  /** Of metrics-server's pods. */
  namespace: string;
  /** SIGTERM, and wait. */
  endOperator(): Promise<void>;
  startOperator(): Promise<void>;
  /** The pods are gone, or answer nobody. */
  silence(): Promise<void>;
  /** What the config has led to and is still there, the APIService among it. */
  left(): Promise<string[]>;
}

export async function install(cluster: LocalCluster, namespace: string): Promise<Installed> {
  await cluster.kubectl(['apply', '--server-side', '-k', everythingOf]);
  if (namespace !== 'kube-system') {
    await cluster.kubectl(['create', 'namespace', namespace]);
    await grantClusterRightsFor(cluster, config, namespace);
    await grantRightsFor(cluster, config, namespace);
  }
  const running: { operator?: OperatorProcess; server?: Server | undefined } = {};
  const installed: Installed = {
    cluster,
    namespace,
    startOperator: async () => {
      // The account may be another one than before, though its name is the same.
      running.operator = startOperator(await operatorKubeconfig(cluster), `${cluster.state}/operator.log`);
    },
    endOperator: async () => {
      await running.operator?.end();
    },
    silence: async () => {
      if (running.server === undefined) return;
      end(running.server);
      running.server = undefined;
      // Or the API server would notice half a minute later.
      await cluster.kubectl([
        '-n',
        namespace,
        'delete',
        'endpointslice',
        `${config}-test`,
        '--ignore-not-found',
      ]);
    },
    left: () => left(cluster, namespace),
  };
  await installed.startOperator();
  // A new CRD is not served at once.
  await eventually(() => applyYaml(cluster, configYaml({ namespace })), 30_000);
  running.server = await answering(cluster, namespace);
  return installed;
}

/** Lets the metrics API answer, and waits until everything is there. */
export async function answering(cluster: LocalCluster, namespace = 'kube-system'): Promise<Server> {
  const [address, port] = [ownAddress(), await freePort()];
  await eventually(
    async () => expect(await get(cluster, '-n', namespace, 'service', config)).not.to.equal(undefined),
    convergedMs,
  );
  await sayReady(cluster, config, namespace, { address, port });
  const { data = {} } = await eventually(async () => {
    const secret = await get<V1Secret>(cluster, '-n', namespace, 'secret', names(config).servingCertificate);
    if (secret === undefined) throw new Error('the operator has not made a certificate yet');
    return secret;
  }, convergedMs);
  const of = (key: string) => Buffer.from(data[key] ?? '', 'base64').toString();
  const { server } = await standIn(address, port, { certificate: of('tls.crt'), key: of('tls.key') });
  await eventually(async () => {
    const { status } = (await get<V1APIService>(cluster, 'apiservice', apiServiceName)) ?? {};
    expect(status?.conditions?.[0], 'the API server gets its answer').to.include({ status: 'True' });
  }, 60_000);
  await eventually(() => expectCondition(cluster, 'Serving', { status: 'True' }), 60_000);
  return server;
}

async function left(cluster: LocalCluster, namespace: string): Promise<string[]> {
  const all = [...Object.values(sharedReferences), ...references(config, namespace)];
  const found = await Promise.all(
    all.map(({ kind, name, ...rest }) => {
      const place = 'namespace' in rest && rest.namespace !== undefined ? ['-n', rest.namespace] : [];
      return get(cluster, ...place, kind, name);
    }),
  );
  return found.flatMap((object, at) =>
    object === undefined ? [] : [`${all[at]?.kind} ${object.metadata?.name}`],
  );
}

/** What has been deleted and is still there: a finalizer, or a namespace, that nobody lets go. */
export async function terminating(cluster: LocalCluster): Promise<string[]> {
  const kinds = ['namespace', 'crd', 'apiservice', 'clusterrole', 'clusterrolebinding'];
  const all = await Promise.all(
    kinds.map(async (kind) => (await allOf(cluster, kind)).map((one) => ({ kind, ...one }))),
  );
  return all
    .flat()
    .filter(({ metadata }) => metadata?.deletionTimestamp !== undefined)
    .map(({ kind, metadata }) => `${kind} ${metadata?.name}`);
}

/** An APIService that nobody answers for makes the deletion of every namespace hang. */
export async function broken(cluster: LocalCluster): Promise<string[]> {
  const isAvailable = ({ status }: V1APIService) =>
    status?.conditions?.some(({ type, status }) => type === 'Available' && status === 'True');
  return (await allOf<V1APIService>(cluster, 'apiservice'))
    .filter((one) => !isAvailable(one))
    .map(({ metadata }) => `${metadata?.name}`);
}

async function allOf<T = KubernetesObject>(cluster: LocalCluster, kind: string): Promise<T[]> {
  return (await get<{ items: T[] }>(cluster, kind))?.items ?? [];
}
