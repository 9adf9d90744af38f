import type { MetricsServerConfigStatus } from '../crds/status.ts';
import type { Facts } from '../health/facts.ts';
import { preflightStatus } from '../health/kubelet-troubles.ts';
import { coverage } from '../health/nodes.ts';
import { readyCount, servingPods } from '../health/pods.ts';
import { redacted } from '../health/redacted.ts';
import { metricsServerIn } from '../installed/metrics-server-in.ts';
import { versionLabel } from '../resources/names.ts';
import type { SeenConfig } from './observe.ts';
import type { Plan } from './plan.ts';
import { isVerticallyScaled } from './sizes.ts';

/** What the status says beside conditions and problems. */

export function observed({ others }: SeenConfig): Pick<MetricsServerConfigStatus, 'observed'> {
  if (others === undefined) return {};
  const { spec, deployment } = others;
  const { resolution, kubeletTls } = spec;
  const { namespace, name } = deployment?.metadata ?? {};
  return {
    observed:
      deployment === undefined
        ? { resolution }
        : { deployment: `${namespace}/${name}`, resolution, kubeletTls },
  };
}

export function effective(seen: SeenConfig, { size }: Plan): MetricsServerConfigStatus['effective'] {
  const { spec } = seen;
  const nodes = size?.memory?.nodes;
  return {
    version: spec.release.version,
    requestTimeout: spec.requestTimeout,
    kubeletTls: spec.kubeletTls,
    servingTls: spec.servingTls,
    servingPort: spec.servingPort,
    resources: isVerticallyScaled(seen)
      ? `${spec.resources.mode}, left to a VerticalPodAutoscaler`
      : `${spec.resources.mode}${nodes === undefined ? '' : `, for up to ${nodes} nodes`}`,
    minNodesScraped: `${spec.minNodesScraped}`,
  };
}

/** What runs, read from a ready pod; only before there is one, from the Deployment. All of it from the same pod. */
export function running(
  { deployment, pods, spec }: Facts,
  { image }: Plan,
  told: string | undefined,
): Pick<MetricsServerConfigStatus, 'image' | 'replicas' | 'version'> {
  const container = deployment && metricsServerIn(deployment);
  const wanted = container?.image;
  if (deployment === undefined || wanted === undefined) return {};
  const isOurs = ({ name }: { name: string }) => name === container?.name;
  const ready = readyCount({ pods, deployment });
  const readyPods = servingPods(pods);
  const pod = readyPods.find((one) => one.spec?.containers.find(isOurs)?.image === wanted) ?? readyPods[0];
  const reference = pod?.spec?.containers.find(isOurs)?.image ?? wanted;
  const imageID = pod?.status?.containerStatuses?.find(isOurs)?.imageID;
  const version = told ?? pod?.metadata?.labels?.[versionLabel];
  const failed = image?.memory?.failed.map(({ reference, error }) => ({
    reference,
    error: redacted(error),
  }));
  const mirror = spec.image.mirrors?.find((repository) => reference.startsWith(`${repository}:`));
  return {
    ...(version && { version }),
    image: { reference, ...(imageID && { imageID }), ...(mirror && { mirror }), ...(failed && { failed }) },
    replicas: { desired: deployment.spec?.replicas ?? 1, ready },
  };
}

export function foretold(facts: Facts): Pick<MetricsServerConfigStatus, 'preflight'> {
  const preflight = preflightStatus(facts);
  return preflight === undefined ? {} : { preflight };
}

export function nodeCounts(facts: Facts): Pick<MetricsServerConfigStatus, 'nodes'> {
  const nodes = coverage(facts);
  if (nodes === undefined) return {};
  return {
    nodes: {
      expected: nodes.expected.length,
      fresh: nodes.fresh.length,
      stale: nodes.stale.length,
      missing: nodes.missing.length,
      excluded: nodes.excluded.length,
      scraped: `${nodes.fresh.length}/${nodes.expected.length}`,
    },
  };
}
