import { compareVersions } from '../../src/crds/catalogue/versions.ts';

interface Difference {
  /** Kind and name of the object; * stands for all. */
  object: string;
  path: string;
  theirs: string;
  ours: string;
  why: string;
  /** Only in releases before this one. */
  before?: string;
  /** Only from this release on. */
  from?: string;
}

const label = 'metrics-server.io/config';
const ofConfig = 'several configs may stand in one cluster; none may ever select the pods of another';
const recommended = 'so that it can be told who made it';
const ourDefault = 'it is what the API server makes of nothing, said so that a change of it is seen';
const container = 'spec.template.spec.containers[metrics-server]';

/** Everything in which what an empty spec leads to is not what upstream publishes for the release. */
const table: Difference[] = [
  { object: '*', path: `metadata.labels.${label}`, theirs: 'nothing', ours: 'metrics-server', why: ofConfig },
  {
    object: '*',
    path: 'metadata.labels.app.kubernetes.io/name',
    theirs: 'nothing',
    ours: 'metrics-server',
    why: recommended,
  },
  {
    object: '*',
    path: 'metadata.labels.app.kubernetes.io/managed-by',
    theirs: 'nothing',
    ours: 'metrics-server-operator',
    why: recommended,
  },
  {
    object: 'APIService v1beta1.metrics.k8s.io',
    path: 'spec.service.port',
    theirs: 'nothing',
    ours: '443',
    why: ourDefault,
  },
  {
    object: 'Service metrics-server',
    path: `spec.selector.${label}`,
    theirs: 'nothing',
    ours: 'metrics-server',
    why: ofConfig,
  },
  {
    object: 'Service metrics-server',
    path: 'spec.type',
    theirs: 'nothing',
    ours: 'ClusterIP',
    why: ourDefault,
  },
  {
    object: 'Service metrics-server',
    path: 'spec.ports[https].appProtocol',
    theirs: 'nothing',
    ours: 'https',
    why: 'upstream says it since 0.8; it holds for all',
    before: '0.8.0',
  },
  ...inDeployment([
    {
      path: 'spec.minReadySeconds',
      theirs: 'nothing',
      ours: '30',
      why: 'a new pod is on trial beside the old one, which is what a rollback goes back to',
    },
    {
      path: 'spec.progressDeadlineSeconds',
      theirs: 'nothing',
      ours: '360',
      why: 'a rollout that comes to nothing ends in bounded time, also with a long resolution',
    },
    { path: 'spec.replicas', theirs: 'nothing', ours: '1', why: ourDefault },
    {
      path: `spec.selector.matchLabels.${label}`,
      theirs: 'nothing',
      ours: 'metrics-server',
      why: ofConfig,
    },
    { path: 'spec.strategy.type', theirs: 'nothing', ours: 'RollingUpdate', why: ourDefault },
    {
      path: 'spec.strategy.rollingUpdate.maxSurge',
      theirs: 'nothing',
      ours: '1',
      why: 'the default, 25 %, means more pods at once where there are more than four',
    },
    {
      path: `spec.template.metadata.labels.${label}`,
      theirs: 'nothing',
      ours: 'metrics-server',
      why: ofConfig,
    },
    {
      path: 'spec.template.metadata.labels.app.kubernetes.io/name',
      theirs: 'nothing',
      ours: 'metrics-server',
      why: recommended,
    },
    {
      path: 'spec.template.metadata.labels.app.kubernetes.io/managed-by',
      theirs: 'nothing',
      ours: 'metrics-server-operator',
      why: recommended,
    },
    {
      path: 'spec.template.metadata.labels.app.kubernetes.io/version',
      theirs: 'nothing',
      ours: 'VERSION',
      why: 'an operator that starts anew reads from it which release runs',
    },
    {
      path: `${container}.args[--kubelet-preferred-address-types]`,
      theirs: 'InternalIP,ExternalIP,Hostname',
      ours: 'InternalIP,ExternalIP,Hostname,InternalDNS,ExternalDNS',
      why: 'a node with no other address than a DNS name is scraped as well; all others are scraped as upstream does',
    },
    {
      path: `${container}.args[--kubelet-request-timeout]`,
      theirs: 'nothing',
      ours: '10s',
      why: "metrics-server's own default, said so that a shorter resolution has a shorter one",
      from: '0.7.0',
    },
    {
      path: `${container}.args[--secure-port]`,
      theirs: '4443',
      ours: '10250',
      why: 'upstream has moved since 0.7 to the port that firewalls between API server and nodes let through; one port for all',
      before: '0.7.0',
    },
    {
      path: `${container}.ports[https].containerPort`,
      theirs: '4443',
      ours: '10250',
      why: 'it goes with --secure-port',
      before: '0.7.0',
    },
    {
      path: `${container}.livenessProbe.timeoutSeconds`,
      theirs: 'nothing',
      ours: '5',
      why: 'with one second, the default, a busy node restarts a metrics-server that works',
    },
    {
      path: `${container}.readinessProbe.timeoutSeconds`,
      theirs: 'nothing',
      ours: '2',
      why: 'with one second, the default, a busy node takes a metrics-server that works out of service',
    },
    {
      path: `${container}.readinessProbe.initialDelaySeconds`,
      theirs: '20',
      ours: 'nothing',
      why: 'it serves as soon as it has two scrapes',
    },
    {
      path: `${container}.readinessProbe.periodSeconds`,
      theirs: '10',
      ours: '2',
      why: 'it serves as soon as it has two scrapes',
    },
    {
      path: `${container}.lifecycle.preStop.sleep.seconds`,
      theirs: 'nothing',
      ours: '10',
      why: 'a pod serves on until everybody knows that it goes',
    },
    {
      path: `${container}.terminationMessagePolicy`,
      theirs: 'nothing',
      ours: 'FallbackToLogsOnError',
      why: 'the status shows why it ended',
    },
    {
      path: `${container}.securityContext.capabilities.drop[0]`,
      theirs: 'nothing',
      ours: 'ALL',
      why: 'upstream has it since 0.7; no earlier one needs a capability either, but those in releases.ts',
      before: '0.7.0',
    },
    {
      path: `${container}.securityContext.seccompProfile.type`,
      theirs: 'nothing',
      ours: 'RuntimeDefault',
      why: 'upstream has it since 0.7; namespaces of the restricted Pod Security Standard ask for it',
      before: '0.7.0',
    },
  ]),
];

function inDeployment(differences: Omit<Difference, 'object'>[]): Difference[] {
  return differences.map((difference) => ({ object: 'Deployment metrics-server', ...difference }));
}

/** The lines that `differences` has to come to for a release. */
export function intendedDifferences(version: string, objects: string[]): string[] {
  return table
    .filter(
      ({ before, from }) => isBefore(version, before) && !(from !== undefined && isBefore(version, from)),
    )
    .flatMap(({ object, path, theirs, ours }) =>
      (object === '*' ? objects : [object]).map(
        (title) => `${title}: ${path}: ${theirs} -> ${ours.replace('VERSION', version)}`,
      ),
    )
    .sort();
}

function isBefore(version: string, limit: string | undefined): boolean {
  return limit === undefined || compareVersions(version, limit) < 0;
}
