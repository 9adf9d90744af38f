import type {
  V1APIService,
  V1Container,
  V1Deployment,
  V1PodDisruptionBudget,
  V1PodSpec,
  V1Service,
} from '@kubernetes/client-node';
import { type EffectiveSpec, readingOf } from '../../crds/effective.ts';
import { MetricsServerConfigSpec } from '../../crds/metrics-server-config.ts';
import { selectorText } from '../../crds/node-selector.ts';
import { commandLineOf } from '../../installed/command-line.ts';
import { configName } from '../../installed/config-name.ts';
import type { Found } from '../../installed/found.ts';
import { metricsServerIn } from '../../installed/metrics-server-in.ts';
import { selectorOf } from '../../installed/selector.ts';
import { apiService } from '../../resources/api-service.ts';
import { deployment } from '../../resources/deployment.ts';
import { disruptionBudget } from '../../resources/disruption-budget.ts';
import { service } from '../../resources/service.ts';
import { type Leaves, leavesOf, valueAt } from './leaves.ts';

export interface Differences {
  toReview: string[];
  /** How the operator always does it, and what no client notices. */
  harmless: string[];
}

// Names and labels of the operator, probes that ask sooner, pods that end later, rollouts, and where the container's scratch folder is.
const harmless = [
  /Probe\./,
  /^PodDisruptionBudget: (selector\.|unhealthyPodEvictionPolicy)/,
  /^Service: (selector|ports\[\d+\]\.(appProtocol|name|targetPort))/,
  /^APIService: (service\.(name|namespace)|groupPriorityMinimum|versionPriority)/,
  /\.terminationMessagePolicy$/,
  /\.lifecycle\.preStop\.sleep\./,
  /^Deployment: (serviceAccountName|strategy\.)/,
  /\.(volumeMounts|ports)\[[^\]]*\]\.name$/,
  /^Deployment: volumes\[[^\]]*\]\.emptyDir/,
  /\.nodeSelector\.kubernetes\.io\/os$/,
  /\.args\[--cert-dir\]$/,
];

/** What the operator would make otherwise than it runs, one line each: `path: runs X, will be Y`. */
export function differences(found: Found, spec: unknown): Differences {
  const { spec: will } = readingOf(MetricsServerConfigSpec.parse(spec), {
    kubernetes: found.kubernetes,
    allowsLegacy: true,
  });
  const lines = [
    ...compared(deploymentLeaves(found.deployment), deploymentLeaves(deployment(configName, will))),
    ...(found.service === undefined
      ? []
      : compared(serviceLeaves(found.service), serviceLeaves(service(configName, will)))),
    ...(found.apiService === undefined
      ? []
      : compared(apiServiceLeaves(found.apiService), apiServiceLeaves(trusting(will)))),
    ...compared(
      budgetLeaves(found.disruptionBudget),
      budgetLeaves(will.availability.replicas > 1 ? disruptionBudget(configName, will) : undefined),
    ),
  ].sort();
  const isHarmless = (line: string) =>
    harmless.some((pattern) => pattern.test(line.split(': runs ')[0] ?? ''));
  return {
    toReview: lines.filter((line) => !isHarmless(line)),
    harmless: lines.filter(isHarmless),
  };
}

function compared(runs: Leaves, will: Leaves): string[] {
  return [...new Set([...runs.keys(), ...will.keys()])]
    .filter((path) => valueAt(runs, path) !== valueAt(will, path))
    .map((path) => `${path}: runs ${valueAt(runs, path)}, will be ${valueAt(will, path)}`);
}

function deploymentLeaves(object: V1Deployment): Leaves {
  const { replicas = 1, strategy, template } = object.spec ?? {};
  const main = metricsServerIn(object);
  if (template?.spec === undefined || main === undefined) return new Map();
  const { serviceAccount: _, ...pod } = template.spec; // the deprecated twin of serviceAccountName
  return leavesOf('Deployment', { replicas, strategy, ...pod, ...containersOf(pod, main) });
}

/** The one that is metrics-server under one name on both sides, its flags by name; of others only the image. */
function containersOf(pod: V1PodSpec, main: V1Container) {
  const { flags, others } = commandLineOf(main);
  const args = [...flags].map(([name, value]) => ({ name: `--${name}`, value: comparable(name, value) }));
  const { command: _, args: __, ...rest } = main;
  const sidecars = pod.containers.filter((one) => one !== main);
  return {
    containers: [
      { ...rest, name: 'metrics-server', args, others },
      ...sidecars.map(({ name, image }) => ({ name, image })),
    ],
    initContainers: pod.initContainers?.map(({ name, image }) => ({ name, image })),
  };
}

function comparable(name: string, value: string): string {
  const selector = name === 'node-selector' ? selectorOf(value) : undefined;
  return selector === undefined ? value : selectorText(selector);
}

function serviceLeaves({ spec }: V1Service): Leaves {
  // Given out by the API server.
  const { clusterIP, clusterIPs, ipFamilies, ...chosen } = spec ?? {};
  return leavesOf('Service', chosen);
}

function apiServiceLeaves({ spec }: V1APIService): Leaves {
  return leavesOf('APIService', { ...spec, caBundle: spec?.caBundle && 'a CA' });
}

/** With the CA that is made in the cluster. */
function trusting(will: EffectiveSpec): V1APIService {
  const { spec, ...rest } = apiService(configName, will);
  return {
    ...rest,
    ...(spec && { spec: { ...spec, ...(will.servingTls === 'Managed' && { caBundle: 'new' }) } }),
  };
}

function budgetLeaves(budget: V1PodDisruptionBudget | undefined): Leaves {
  return leavesOf('PodDisruptionBudget', budget?.spec ?? {});
}
