import type { V1Node, V1Pod } from '@kubernetes/client-node';
import { pendingRequests } from '../../controllers/kubelets.ts';
import { nodeMetrics } from '../../controllers/node-metrics.ts';
import { isForbidden } from '../../controllers/observe.ts';
import { ownerOf } from '../../controllers/ownership.ts';
import { mayScrape, podWarning, scrapeLog } from '../../controllers/questions.ts';
import { trustIn } from '../../controllers/trust.ts';
import { apiVersion, type MetricsServerConfig, plural } from '../../crds/metrics-server-config.ts';
import { selectorText } from '../../crds/node-selector.ts';
import { podInCreation } from '../../health/container-creation.ts';
import { type Facts, type NodeFacts, nodeFacts, type ScrapeLog } from '../../health/facts.ts';
import { suspect } from '../../health/scrape-errors.ts';
import { reasonOf } from '../../health/scrape-reasons.ts';
import type { Wanted } from '../../installed/find.ts';
import type { Found } from '../../installed/found.ts';
import { specIn } from '../../installed/imported-spec.ts';
import { plainDeployment, plainPods } from '../../installed/plain-pods.ts';
import { readerOn } from '../../installed/reader.ts';
import { specOf, targetOf } from '../../installed/target.ts';
import type { Connection } from '../../platform/connection.ts';
import { collectionPath } from '../../platform/paths.ts';
import { Refusal } from '../../platform/refusal.ts';
import { withLastWords } from './last-words.ts';
import { type Asking, asking, type Lacking } from './rights.ts';
import { unregistered } from './unregistered.ts';

export type Asked = Pick<Connection, 'send' | 'list' | 'text' | 'now'>;

/** What is looked at. */
export interface Target extends Found {
  /** Name of the config that the Deployment belongs to. */
  owner?: string;
  /** There is no registration at all. */
  isUnregistered: boolean;
}

/** What one look saw, and what it was not allowed to see. */
export interface Look {
  target: Target;
  facts: Facts;
  /** Of the config that owns it, as far as it may be read. */
  config?: MetricsServerConfig;
  /** Undefined for what may not be seen: nodes that nobody sees are not missing. */
  seen: { nodes: boolean; pods: boolean };
  lacking: Lacking[];
}

const hints = {
  forbidden:
    'diagnose needs get on apiservices, services and deployments; and list on deployments of the namespace where the Deployment is not called like the Service',
  unauthenticated: 'the API server does not know this account: renew its credentials in the kubeconfig',
  unreachable: 'see that the API server of the kubeconfig is up and can be reached from here',
};

/** Reads what the health engine needs, in as few requests as it takes; nothing is written. */
export async function look(connection: Asked, wanted: Wanted): Promise<Look> {
  const { lacking, ask } = asking();
  const target = await found(connection, wanted);
  const { apiService, owner } = target;
  const { namespace = '', name = '' } = target.deployment.metadata ?? {};
  const [config, pods, nodes, metrics] = await Promise.all([
    owner === undefined ? undefined : configOf(connection, owner, ask),
    ask(podsOf(connection, target), {
      right: `list pods in ${namespace}`,
      unknown: 'why pods are not ready, and what they verify',
    }),
    ask(allNodes(connection), { right: 'list nodes', unknown: 'which nodes are not scraped' }),
    apiService === undefined ? ({ is: 'unregistered' } as const) : nodeMetrics(connection)(),
  ]);
  // As system:anonymous the API server itself was refused.
  if (metrics.is === 'forbidden' && !metrics.message.includes('system:anonymous'))
    lacking.push({ right: 'list nodes.metrics.k8s.io', unknown: 'whether the metrics API answers' });
  const now = connection.now();
  const spec = specOf(target, { config, said: specIn(target) }, nodes ?? []);
  const known = {
    name: owner ?? name,
    speaks: owner === undefined ? ('flags' as const) : ('config' as const),
    now,
    spec,
    deployment: plainDeployment(target.deployment),
    pods: await withLastWords(plainPods(pods ?? [], target.deployment), connection, { ask, now, spec }),
    nodes: nodes ?? [],
    metrics,
    apiService,
    acceptsAnyone: trustIn(apiService, now)?.is === 'anyone',
  };
  const said = await whatTheLogSays(connection, known, { lacking, ask });
  const inCreation = podInCreation(known);
  const warning =
    inCreation &&
    (await ask(podWarning(connection, inCreation), {
      right: `list events in ${namespace}`,
      unknown: 'why a pod does not start',
    }));
  const seen = { nodes: nodes !== undefined, pods: pods !== undefined };
  return { target, facts: { ...known, ...said, podWarning: warning }, config, seen, lacking };
}

async function found(connection: Asked, wanted: Wanted): Promise<Target> {
  const reader = readerOn(connection, hints);
  try {
    const found = await targetOf(reader, wanted);
    return { ...found, owner: ownerOf(found.deployment), isUnregistered: false };
  } catch (error) {
    const found = await unregistered(reader, connection, { wanted, error });
    return { ...found, owner: ownerOf(found.deployment), isUnregistered: true };
  }
}

/** The log, and what is asked because of it; only where something is wrong. */
async function whatTheLogSays(
  connection: Asked,
  known: Omit<Facts, 'log'>,
  { lacking, ask }: Asking,
): Promise<Pick<Facts, 'log' | 'mayScrape' | 'preflight'>> {
  const suspected = suspect(known);
  if (suspected === undefined) return { log: { is: 'unread' } };
  const { spec, deployment } = known;
  const { namespace } = deployment?.metadata ?? {};
  const log = await scrapeLog(connection, suspected, spec.resolution);
  if (log.is === 'unreadable' && log.message.includes('cannot get resource "pods/log"'))
    lacking.push({ right: `get pods/log in ${namespace}`, unknown: 'why nodes are not scraped' });

  const isWaiting = reasonsIn(log, known).includes('KubeletServingCSRPending');
  const requests = isWaiting
    ? await ask(pendingRequests(connection), {
        right: 'list certificatesigningrequests',
        unknown: 'which requests of kubelets wait for approval',
      })
    : undefined;
  const account = deployment?.spec?.template.spec?.serviceAccountName ?? 'default';
  const isAsked = isForbidden(log, spec);
  const may = isAsked
    ? await mayScrape(connection, `system:serviceaccount:${namespace}:${account}`, spec.release.scrapes)
    : undefined;
  if (isAsked && may === undefined)
    lacking.push({
      right: 'create subjectaccessreviews',
      unknown: 'whether metrics-server lacks a right, or kubelets do not ask who it is',
    });
  // Nobody has asked the kubelets themselves, so that nothing is foretold but what their addresses tell.
  const preflight = { answers: new Map(), trusted: undefined, requests };
  return { log, mayScrape: may, preflight };
}

function reasonsIn(log: ScrapeLog, facts: Pick<Facts, 'spec'>): string[] {
  return log.is === 'read' ? log.errors.map(({ error }) => reasonOf(error, facts)) : [];
}

/** One that is gone, as its CRD may be, owns the Deployment all the same. */
export async function configOf(
  connection: Asked,
  name: string,
  ask: Asking['ask'],
): Promise<MetricsServerConfig | undefined> {
  const path = `${collectionPath(apiVersion, plural)}/${name}`;
  const answer = connection.send<MetricsServerConfig>({ path }).catch((error) => {
    if (error instanceof Refusal && error.why === 'absent') return undefined;
    throw error;
  });
  return await ask(answer, { right: `get ${plural}`, unknown: 'what its MetricsServerConfig says' });
}

async function podsOf(connection: Asked, { deployment }: Target): Promise<V1Pod[]> {
  const labelSelector = selectorText(deployment.spec?.selector);
  const path = collectionPath('v1', 'pods', deployment.metadata?.namespace);
  return (await connection.send<{ items: V1Pod[] }>({ path, query: { labelSelector } })).items;
}

// As kubectl does.
const pageSize = 500;

async function allNodes(connection: Asked): Promise<NodeFacts[]> {
  const nodes: NodeFacts[] = [];
  const page: { continue?: string } = {};
  do {
    const query = { limit: pageSize, continue: page.continue };
    const { metadata, items } = await connection.send<NodePage>({
      path: collectionPath('v1', 'nodes'),
      query,
    });
    nodes.push(...items.map(nodeFacts));
    page.continue = metadata?.continue;
  } while (page.continue);
  return nodes;
}

interface NodePage {
  metadata?: { continue?: string };
  items: V1Node[];
}
