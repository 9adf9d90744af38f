import type { V1Deployment } from '@kubernetes/client-node';
import { durationText } from '../crds/duration.ts';
import type { EffectiveSpec } from '../crds/effective.ts';
import type { MetricsServerConfig } from '../crds/metrics-server-config.ts';
import { selectorText } from '../crds/node-selector.ts';
import type { Facts, MetricsAnswer, NodeFacts } from '../health/facts.ts';
import { commandLineOf } from '../installed/command-line.ts';
import { specIn } from '../installed/imported-spec.ts';
import { metricsServerIn } from '../installed/metrics-server-in.ts';
import { plainDeployment } from '../installed/plain-pods.ts';
import { specOf } from '../installed/target.ts';
import { unsaidValues } from '../installed/unsaid.ts';
import { podSelector } from '../resources/names.ts';
import type { Live } from './cluster.ts';
import type { Others } from './others.ts';
import { ownerOf } from './ownership.ts';

/** The metrics-server whose health is measured. */
export interface Subject
  extends Pick<Facts, 'name' | 'speaks' | 'spec' | 'deployment' | 'pods' | 'outOfSight'> {
  /** That of its pods. */
  labelSelector: string;
  /** With which it asks the kubelets. */
  account: { namespace: string; name: string };
  /** Its release, where that is known. */
  version?: string;
  /** Whether only the samples tell how often it scrapes. */
  isResolutionUnknown?: boolean;
}

export function ownSubject(name: string, spec: EffectiveSpec, { deployment, pods }: Live): Subject {
  const account = { namespace: spec.namespace, name };
  return { name, spec, deployment, pods, labelSelector: podSelector(name), account };
}

/** That of others. What it is started with counts, and of the spec of the config that reports it how much is enough. */
export function othersSubject(
  others: Others,
  own: EffectiveSpec,
  known: { configs: MetricsServerConfig[]; nodes: NodeFacts[] },
): Subject {
  const { mode, minNodesScraped } = own;
  if (others.is === 'outOfSight') {
    const spec = { ...own, resolution: usualResolution };
    const nobody = {
      deployment: undefined,
      pods: [],
      labelSelector: '',
      account: { namespace: '', name: '' },
    };
    const { because } = others;
    return { name: 'it', speaks: 'flags', spec, ...nobody, outOfSight: because, isResolutionUnknown: true };
  }
  const { found, pods } = others;
  const { deployment } = found;
  const { namespace = '', name = '' } = deployment.metadata ?? {};
  const owner = ownerOf(deployment);
  const config = known.configs.find(({ metadata }) => metadata.name === owner);
  const said = specIn(found);
  const spec = specOf(found, { config, said }, known.nodes);
  return {
    name: owner ?? name,
    speaks: owner === undefined ? 'flags' : 'config',
    spec: { ...spec, mode: owner === undefined ? mode : spec.mode, minNodesScraped },
    deployment: plainDeployment(deployment),
    pods,
    labelSelector: selectorText(deployment.spec?.selector),
    account: { namespace, name: deployment.spec?.template.spec?.serviceAccountName ?? 'default' },
    ...(typeof said['version'] === 'string' && { version: said['version'] }),
    isResolutionUnknown: isScript(deployment),
  };
}

/**
 * Where nobody says how often it scrapes, the samples do, to five seconds: kubelets measure at moments of their own. Without any it is the
 * longest that is usual.
 */
export function withResolution(subject: Subject, metrics: MetricsAnswer): Subject {
  if (subject.isResolutionUnknown !== true || metrics.is !== 'answered') return subject;
  const { windowMs } = metrics;
  if (windowMs === undefined) return subject;
  const resolution = durationText(Math.max(shortestMs, Math.round(windowMs / stepMs) * stepMs));
  return { ...subject, spec: { ...subject.spec, resolution } };
}

const stepMs = 5000;
// metrics-server takes no shorter one.
export const shortestMs = 10_000;
const usualResolution = unsaidValues.get('metric-resolution') ?? '60s';

function isScript(deployment: V1Deployment): boolean {
  const container = metricsServerIn(deployment);
  return container !== undefined && commandLineOf(container).isScript;
}
