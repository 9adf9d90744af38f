import type { V1Pod, V1ResourceRequirements } from '@kubernetes/client-node';
import { expect } from 'chai';
import { MetricsServerConfigSpec } from '../../src/crds/metrics-server-config.ts';
import { diagnoseAvailable } from '../../src/health/available.ts';
import { problemList } from '../../src/health/problem-list.ts';
import { diagnoseScraping } from '../../src/health/scraping.ts';
import { diagnoseSecure } from '../../src/health/secure.ts';
import { diagnoseServing } from '../../src/health/serving.ts';
import { entriesOf } from '../docs/chart.ts';
import { answered, failed, node, now, sampled, someFacts } from './some-facts.ts';

type World = Parameters<typeof someFacts>[0];

interface Case {
  when: string;
  facts: World;
  /** As it is in the API, where that would refuse it today; default: that of the facts. */
  stored?: object;
  /** What the patches change, in their order. */
  patches: object[];
  /** For whom no config stands. */
  flags?: string;
}

/** Node b is not scraped, and its log says why. */
function notScraped(error: string, facts: World = {}, name = 'b'): World {
  const log = { is: 'read' as const, errors: [{ node: name, error, times: 2 }] };
  return { nodes: [node('a'), node(name)], log, metrics: answered(sampled('a')), ...facts };
}

const unanswered = (text: string, facts: World = {}): World => ({ metrics: failed(text), ...facts });

interface Status {
  isReady?: boolean;
  waiting?: string;
  message?: string;
  terminated?: { exitCode: number; reason: string; message?: string };
  resources?: V1ResourceRequirements;
  conditions?: NonNullable<V1Pod['status']>['conditions'];
  image?: string;
  imageID?: string;
  args?: string[];
}

function pod(of: Status): V1Pod {
  const { isReady = false, image = 'r.example.com/ms:v1', imageID = '', args, resources, conditions } = of;
  const { waiting, message, terminated } = of;
  const startedAt = new Date(now.getTime() - 600_000);
  return {
    metadata: { name: 'metrics-server-1', namespace: 'kube-system' },
    spec: { nodeName: 'a', containers: [{ name: 'metrics-server', image, args, resources }] },
    status: {
      conditions,
      containerStatuses: [
        {
          name: 'metrics-server',
          image,
          imageID,
          ready: isReady,
          restartCount: 3,
          state:
            waiting === undefined ? { running: { startedAt } } : { waiting: { reason: waiting, message } },
          lastState: { terminated },
        },
      ],
    },
  };
}

/** No pod is ready. */
function down(pods: V1Pod[], facts: World = {}, replicas = 1): World {
  const deployment = {
    metadata: { name: 'metrics-server', namespace: 'kube-system', generation: 1 },
    spec: { replicas, selector: {}, template: {} },
    status: { observedGeneration: 1, replicas, updatedReplicas: replicas, readyReplicas: 0 },
  };
  return { deployment, pods, metrics: failed('no endpoints available'), ...facts };
}

const ends = (message: string, facts: World = {}, resources?: V1ResourceRequirements): World =>
  down(
    [pod({ waiting: 'CrashLoopBackOff', terminated: { exitCode: 1, reason: 'Error', message }, resources })],
    facts,
  );
const outOfMemory = (resources: V1ResourceRequirements | undefined, spec: object): World =>
  down(
    [pod({ waiting: 'CrashLoopBackOff', terminated: { exitCode: 137, reason: 'OOMKilled' }, resources })],
    { spec },
  );
const unpullable = (message: string, image: object = {}): World =>
  down([pod({ waiting: 'ImagePullBackOff', message })], { spec: { image } });
/** Pods serve, at a certificate that is verified unless the spec says otherwise. */
const serves = (of: Status, spec: { tls?: { kubelet?: object; serving?: object } } = {}): World => ({
  pods: [pod({ isReady: true, ...of })],
  spec: { ...spec, tls: { serving: { mode: 'Managed' }, ...spec.tls } },
});

const tooShort = 'Error: metric-resolution should be a time duration at least 10s, but value 5s provided';
const notLonger =
  'Error: metric-resolution should be larger than kubelet-request-timeout, but metric-resolution';
const late = '"Failed probe" probe="metric-collection-timely" err="metric collection didn\'t finish on time"';
const lateNode = { isReady: false };
const digest = `sha256:${'a'.repeat(64)}`;
const mirror = 'r.example.com/ms';
const example = 'registry.example.com/metrics-server/metrics-server';
const small = { requests: { cpu: '100m', memory: '200Mi' } };

const refusedText = 'dial tcp 10.0.0.1:10250: connect: connection refused';
const noRoute = 'error trying to reach service: dial tcp 10.0.0.1:10250: connect: no route to host';
const notIn = (key: string, value: string) => ({ key, operator: 'NotIn', values: [value] });
const fargate = notIn('eks.amazonaws.com/compute-type', 'fargate');
const disktype = { key: 'disktype', operator: 'Exists' };

const cases: Case[] = [
  {
    when: 'the control plane has no way to pods',
    facts: unanswered(noRoute),
    patches: [{ scheduling: { hostNetwork: true }, servingPort: 10251 }],
    flags: 'hostNetwork: true in the pods of the Deployment, --secure-port=10251',
  },
  {
    when: 'the control plane gets no answer from pods at a port of their own',
    facts: unanswered('context deadline exceeded', { spec: { servingPort: 4443 } }),
    patches: [{ scheduling: { hostNetwork: true } }],
  },
  {
    when: 'it gets none from pods at the port of the kubelets, which the spec names',
    facts: unanswered('context deadline exceeded', { spec: { servingPort: 10250 } }),
    patches: [{ scheduling: { hostNetwork: true }, servingPort: 10251 }],
  },
  {
    when: 'pods are in the network of their nodes already',
    facts: unanswered(noRoute, { spec: { scheduling: { hostNetwork: true } } }),
    patches: [],
  },
  {
    when: 'a kubelet does not answer in time',
    facts: notScraped('context deadline exceeded'),
    patches: [{ scheduling: { hostNetwork: true }, servingPort: 10251 }],
  },
  {
    when: 'a kubelet does not answer in time in the network of the nodes',
    facts: notScraped('context deadline exceeded', { spec: { scheduling: { hostNetwork: true } } }),
    patches: [],
  },
  {
    when: 'nobody listens at the port of the spec',
    facts: notScraped(refusedText, { spec: { kubelet: { useNodeStatusPort: false, port: 10255 } } }),
    patches: [{ kubelet: { useNodeStatusPort: true, port: null } }],
    flags: '--kubelet-use-node-status-port instead of --kubelet-port',
  },
  {
    when: 'nobody listens at the port that the node names',
    facts: notScraped(refusedText),
    patches: [],
  },
  {
    when: 'metrics-server has the port of the kubelet of its node',
    facts: notScraped(refusedText, {
      nodes: [node('a', { kubeletPort: 4443 }), node('b')],
      spec: { servingPort: 4443, scheduling: { hostNetwork: true } },
    }),
    patches: [{ servingPort: 10251 }],
    flags: '--secure-port=10251',
  },
  {
    when: 'a node of Fargate lacks its label',
    facts: notScraped(refusedText, {}, 'fargate-ip-10-0-0-1'),
    patches: [{ nodes: { selector: { matchExpressions: [fargate] } } }],
    flags: "--node-selector='eks.amazonaws.com/compute-type notin (fargate)'",
  },
  {
    when: 'a node of Fargate has lost the label by which it was left out',
    facts: notScraped(
      refusedText,
      {
        spec: { nodes: { selector: { matchExpressions: [disktype, fargate] } } },
        nodes: [
          node('a', { labels: { disktype: 'x' } }),
          node('fargate-ip-10-0-0-1', { labels: { disktype: 'x' } }),
        ],
      },
      'fargate-ip-10-0-0-1',
    ),
    patches: [{ nodes: { selector: { matchExpressions: [disktype, fargate] } } }],
  },
];

const unknownCa = 'tls: failed to verify certificate: x509: certificate signed by unknown authority';
const customCa = { mode: 'CustomCA', caBundleRef: { name: 'their-ca' } };
const windows = notIn('kubernetes.io/os', 'windows');

const ofKubelets: Case[] = [
  {
    when: 'a kubelet has a certificate of another CA',
    facts: notScraped(unknownCa),
    patches: [
      { tls: { kubelet: { mode: 'CustomCA', caBundleRef: { name: 'kubelet-ca' } } } },
      { tls: { kubelet: { mode: 'Insecure' } } },
    ],
    flags: '--kubelet-certificate-authority=FILE',
  },
  {
    when: 'a kubelet has a certificate of another CA than the one that is named',
    facts: notScraped(unknownCa, { spec: { tls: { kubelet: customCa } } }),
    patches: [{ tls: { kubelet: { mode: 'Insecure', caBundleRef: null } } }],
  },
  {
    when: 'a name is asked for that no DNS knows',
    facts: notScraped('dial tcp: lookup b: no such host', {
      spec: { addressPriority: ['Hostname', 'InternalIP'] },
    }),
    patches: [{ addressPriority: ['InternalIP', 'Hostname'] }],
  },
  {
    when: 'something else than the kubelet answers',
    facts: notScraped('request failed, status: "404 Not Found"', {
      spec: { kubelet: { useNodeStatusPort: false, port: 10255 } },
    }),
    patches: [{ kubelet: { useNodeStatusPort: true, port: null } }],
  },
  {
    when: 'a Windows node cannot measure',
    facts: notScraped('request failed, status: "500 Internal Server Error"', {
      nodes: [node('a'), node('b', { labels: { 'kubernetes.io/os': 'windows' } })],
    }),
    patches: [{ nodes: { selector: { matchExpressions: [windows] } } }],
  },
  {
    when: 'its port on the node is taken',
    facts: ends('bind: address already in use', { spec: { scheduling: { hostNetwork: true } } }),
    patches: [{ servingPort: 4443 }],
  },
  {
    when: 'it may not listen at its port on the node',
    facts: ends('bind: permission denied', { spec: { scheduling: { hostNetwork: true } } }),
    stored: { servingPort: 443, scheduling: { hostNetwork: true } },
    patches: [{ servingPort: 10251 }],
  },
  {
    when: 'it may not listen at its port',
    facts: ends('bind: permission denied'),
    stored: { servingPort: 443 },
    patches: [{ servingPort: 10250 }],
  },
  {
    when: 'it has no metrics and does not say why',
    facts: down([pod({})], { log: { is: 'read', errors: [] } }),
    patches: [{ logging: { verbosity: 2 } }],
    flags: '--v=2',
  },
];

const ofPods: Case[] = [
  {
    when: 'the resolution is too short',
    facts: ends(tooShort),
    stored: { resolution: '5s' },
    patches: [{ resolution: '15s' }],
    flags: '--metric-resolution=15s',
  },
  {
    when: 'the resolution is too short, and the timeout longer than the shortest that helps',
    facts: ends(tooShort, { spec: { resolution: '30s', kubelet: { requestTimeout: '20s' } } }),
    stored: { resolution: '5s', kubelet: { requestTimeout: '20s' } },
    patches: [{ resolution: '15s', kubelet: { requestTimeout: null } }],
  },
  {
    when: 'the resolution is not longer than the timeout',
    facts: ends(notLonger, { spec: { resolution: '1m', kubelet: { requestTimeout: '20s' } } }),
    stored: { resolution: '20s', kubelet: { requestTimeout: '20s' } },
    patches: [{ kubelet: { requestTimeout: null } }, { resolution: '25s' }],
    flags: '--metric-resolution=25s',
  },
  {
    when: 'the memory of a fixed size is not enough',
    facts: outOfMemory(
      { requests: { memory: '300Mi' }, limits: { memory: '0.5Gi', cpu: '1' } },
      { resources: { mode: 'Fixed', requests: { memory: '300Mi' }, limits: { memory: '0.5Gi' } } },
    ),
    patches: [
      {
        resources: {
          mode: 'Fixed',
          requests: { cpu: '1', memory: '600Mi' },
          limits: { memory: '1Gi', cpu: '1' },
        },
      },
    ],
    flags: 'requests of cpu=1,memory=600Mi and limits of memory=1Gi,cpu=1',
  },
  {
    when: 'the memory of an automatic size is limited',
    facts: outOfMemory({ ...small, limits: { memory: '400Mi' } }, { resources: { limitMemory: true } }),
    patches: [
      {
        resources: {
          mode: 'Fixed',
          requests: { cpu: '100m', memory: '400Mi' },
          limits: { memory: '800Mi' },
          limitMemory: null,
        },
      },
    ],
  },
  {
    when: 'nobody has given it any memory',
    facts: outOfMemory(undefined, { resources: { mode: 'External' } }),
    patches: [{ resources: { mode: 'Fixed', requests: { cpu: '100m', memory: '400Mi' } } }],
  },
  {
    when: 'twice the memory is still too little',
    facts: outOfMemory(
      { requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '16Mi' } },
      { resources: { mode: 'Fixed', limits: { memory: '16Mi' } } },
    ),
    patches: [
      {
        resources: {
          mode: 'Fixed',
          requests: { cpu: '10m', memory: '200Mi' },
          limits: { memory: '200Mi' },
        },
      },
    ],
  },
  {
    when: 'a scrape takes too long',
    facts: ends(late, {}, small),
    patches: [
      { resources: { mode: 'Fixed', requests: { cpu: '200m', memory: '200Mi' } } },
      { resolution: '30s' },
    ],
    flags: '--metric-resolution=30s',
  },
  {
    when: 'a scrape of the longest resolution takes too long',
    facts: ends(late, { spec: { resolution: '1h', resources: { limitMemory: false } } }, small),
    patches: [
      { resources: { mode: 'Fixed', requests: { cpu: '200m', memory: '200Mi' }, limitMemory: null } },
    ],
  },
  {
    when: 'it hangs',
    facts: down([
      pod({
        resources: { requests: { cpu: '0.5', memory: '1Gi' } },
        conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: new Date(now.getTime() - 9000) }],
      }),
    ]),
    patches: [{ resources: { mode: 'Fixed', requests: { cpu: '1', memory: '1Gi' } } }],
    flags: 'requests of cpu=1,memory=1Gi',
  },
  {
    when: 'the registry does not answer',
    facts: unpullable('dial tcp: i/o timeout', { mirrors: [mirror] }),
    patches: [{ image: { mirrors: [example, mirror] } }],
    flags: `image: ${example}:TAG`,
  },
  {
    when: 'the registry has not the tag that was chosen',
    facts: unpullable('not found', { tag: 'v9', digest }),
    patches: [{ image: { tag: null, digest: null } }],
  },
  { when: 'the registry has not the image', facts: unpullable('not found'), patches: [] },
  {
    when: 'it is scaled to zero while nobody sets that right',
    facts: down([], { spec: { mode: 'Paused' } }, 0),
    patches: [{ mode: 'Manage' }],
    flags: 'kubectl scale -n kube-system deployment/metrics-server --replicas=1',
  },
  {
    when: 'the node of its pod is lost',
    facts: down([pod({ isReady: true, conditions: [{ type: 'Ready', status: 'False' }] })], {
      nodes: [node('a', lateNode), node('b')],
    }),
    patches: [{ availability: { replicas: 2 } }],
    flags: 'replicas: 2 in the Deployment',
  },
  {
    when: 'the nodes of its two pods are lost',
    facts: down([pod({ isReady: true, conditions: [{ type: 'Ready', status: 'False' }] })], {
      nodes: [node('a', lateNode)],
      spec: { availability: { replicas: 2 } },
    }),
    patches: [],
  },
  {
    when: 'the selector leaves out all nodes',
    facts: { spec: { nodes: { selector: { matchLabels: { a: 'b' } } } } },
    patches: [{ nodes: { selector: null } }],
    flags: 'no --node-selector',
  },
  {
    when: 'metrics-server signs its certificate itself',
    facts: serves({}, { tls: { serving: { mode: 'SelfSigned' } } }),
    patches: [{ tls: { serving: { mode: 'Managed' } } }],
    flags: '--tls-cert-file',
  },
  {
    when: 'kubelets are not verified',
    facts: serves(
      { args: ['--kubelet-insecure-tls'] },
      {
        tls: {
          kubelet: { mode: 'Insecure', acceptInsecureUntil: '2030-01-01' },
          serving: { mode: 'Managed' },
        },
      },
    ),
    patches: [
      { tls: { kubelet: { mode: 'ClusterCA', acceptInsecureUntil: null } } },
      {
        tls: {
          kubelet: { mode: 'CustomCA', caBundleRef: { name: 'kubelet-ca' }, acceptInsecureUntil: null },
        },
      },
    ],
    flags: '--kubelet-certificate-authority=FILE',
  },
];

const ofImages: Case[] = [
  {
    when: 'the image comes from a mirror by its tag',
    facts: {
      ...serves({ image: `${mirror}:v0.9.0`, imageID: `${mirror}@${digest}` }),
      spec: { tls: { serving: { mode: 'Managed' } }, image: { mirrors: [mirror] } },
    },
    patches: [{ image: { digest } }],
  },
  {
    when: 'the runtime says of an image from a mirror no digest that a registry knows',
    facts: {
      ...serves({ image: `${mirror}:v0.9.0`, imageID: digest }),
      spec: { tls: { serving: { mode: 'Managed' } }, image: { mirrors: [mirror] } },
    },
    patches: [],
  },
];

/** Everything that is said of it. */
function said(world: World): string[] {
  const facts = someFacts(world);
  const [Available, Serving, Scraping, Secure] = [
    diagnoseAvailable(facts),
    diagnoseServing(facts),
    diagnoseScraping(facts),
    diagnoseSecure(facts),
  ];
  const problems = problemList({ Available, Serving, Scraping, Secure }, facts);
  const bad = [Available, Serving, Scraping, Secure].filter(({ status }) => status === 'False');
  return [...bad.map(({ message }) => message), ...problems.map(({ remedy }) => remedy)];
}

function patchesIn(text: string): object[] {
  return [...text.matchAll(/kubectl patch msc metrics-server --type=merge -p '([^']*)'/g)].map(
    ([, json = '']) => JSON.parse(json).spec,
  );
}

/** As the API server merges it (RFC 7386). */
function merged(target: unknown, patch: unknown): unknown {
  const isMap = typeof patch === 'object' && patch !== null && !Array.isArray(patch);
  if (!isMap) return patch;
  const result = new Map(entriesOf(target));
  for (const [key, value] of entriesOf(patch))
    if (value === null) result.delete(key);
    else result.set(key, merged(result.get(key), value));
  return Object.fromEntries(result);
}

describe('what is said to mend a fault', () => {
  for (const { when, facts, stored, patches } of [...cases, ...ofKubelets, ...ofPods, ...ofImages]) {
    it(`is ${patches.length > 0 ? 'the exact patch, which the API takes,' : 'no patch'} where ${when}`, () => {
      const unique = new Set(
        said(facts)
          .flatMap(patchesIn)
          .map((patch) => JSON.stringify(patch)),
      );
      expect([...unique].map((patch) => JSON.parse(patch))).to.deep.equal(patches);
      for (const patch of patches) {
        const spec = merged(stored ?? facts?.spec ?? {}, patch);
        expect(() => MetricsServerConfigSpec.parse(spec), JSON.stringify(spec)).not.to.throw();
      }
    });
  }
  for (const { when, facts, flags = '' } of [...cases, ...ofKubelets, ...ofPods]) {
    it(`names nothing of a config that there is not, where ${when}`, () => {
      const text = said({ ...facts, speaks: 'flags' }).join('\n');
      expect(text)
        .to.include(flags)
        .and.not.match(/spec\.|\bmsc\b|[Tt]he operator|Applied/);
    });
  }
});
