import { join } from 'node:path';
import type { LocalCluster } from '../local-cluster/local-cluster.ts';

/** One thing that people check by hand after installing metrics-server, as a command and what must be true of its answer. */
export interface Step {
  title: string;
  /** What kubectl is called with. */
  command: string[];
  /** Throws a sentence where the answer is not as it should be. */
  check: (answer: string) => void;
  /** How long it may take to come true; 0 for what must be so at once. */
  patienceMs: number;
}

export const manifests = {
  /** upstream is out of reach, so the image comes from a mirror: what this operator is for. */
  config: join(import.meta.dirname, '../config/samples/mirror.yaml'),
  busy: join(import.meta.dirname, 'busy.yaml'),
};

// Pods appear in the metrics API after two scrapes, one resolution apart.
const twoScrapesMs = 60_000;
const raw = '/apis/metrics.k8s.io/v1beta1';

/** The old procedure by hand, once a MetricsServerConfig is Ready. `node` and `pod` are one of each that is measured. */
export function handChecks({ nodes, pod }: { nodes: string[]; pod: string }): Step[] {
  const [node = ''] = nodes;
  return [
    {
      title: 'the pods run',
      command: ['-n', 'kube-system', 'get', 'pods', '-l', 'k8s-app=metrics-server', '-o', 'wide'],
      check: holds(/metrics-server-\S+ +1\/1 +Running/, 'no pod of metrics-server is ready'),
      patienceMs: 0,
    },
    {
      title: 'the Service is there',
      command: ['-n', 'kube-system', 'get', 'service', 'metrics-server'],
      check: holds(/443\/TCP/, 'the Service has no port 443'),
      patienceMs: 0,
    },
    {
      title: 'the metrics API is registered',
      command: ['get', '--raw', raw],
      check: holds(/NodeMetrics/, 'the API does not list NodeMetrics'),
      patienceMs: 0,
    },
    {
      title: 'every node is measured',
      command: ['get', '--raw', `${raw}/nodes`],
      check: (answer) => expectUsage(answer, nodes),
      patienceMs: 0,
    },
    {
      title: 'one node can be asked for by name',
      command: ['get', '--raw', `${raw}/nodes/${node}`],
      check: holds(new RegExp(`"name":"${node}"`), `the answer is not about ${node}`),
      patienceMs: 0,
    },
    {
      title: 'pods are measured',
      command: ['get', '--raw', `${raw}/pods`],
      check: (answer) => expectUsage(answer, [pod]),
      patienceMs: twoScrapesMs,
    },
    {
      title: 'one pod can be asked for by name',
      command: ['get', '--raw', `${raw}/namespaces/kube-system/pods/${pod}`],
      check: holds(new RegExp(`"name":"${pod}"`), `the answer is not about ${pod}`),
      patienceMs: twoScrapesMs,
    },
    {
      title: 'kubectl top node answers',
      command: ['top', 'node'],
      check: (answer) => {
        for (const name of nodes)
          holds(new RegExp(`^${name} +\\d+m +\\d+% +\\d+Mi`, 'm'), `${name} has no figures`)(answer);
      },
      patienceMs: 0,
    },
    {
      title: 'kubectl top pod answers',
      command: ['top', 'pod', '-A'],
      check: holds(new RegExp(`kube-system +${pod} +\\d+m +\\d+Mi`), `${pod} has no figures`),
      patienceMs: twoScrapesMs,
    },
    {
      title: 'the MetricsServerConfig says so in one line',
      command: ['get', 'msc'],
      check: holds(
        new RegExp(`metrics-server +True +Ready +${nodes.length}/${nodes.length} `),
        'not every node is counted',
      ),
      patienceMs: 30_000,
    },
  ];
}

/** The reason why people want metrics: an autoscaler that acts on them. Needs `manifests.busy` applied. */
export const autoscaling: Step = {
  title: 'a HorizontalPodAutoscaler scales a busy deployment up',
  command: [
    '-n',
    'demo',
    'get',
    'hpa',
    'busy',
    '-o',
    'custom-columns=NAME:.metadata.name,REPLICAS:.status.desiredReplicas,CPU:.status.currentMetrics[0].resource.current.averageUtilization',
  ],
  check: (answer) => {
    const [, replicas = '0', cpu = 'unknown'] = /^busy +(\d+) +(\d+)/m.exec(answer) ?? [];
    if (Number(replicas) < 2) throw new Error(`still ${replicas} replicas at ${cpu}% CPU`);
  },
  patienceMs: 180_000,
};

/** The autoscaler's wish is not enough: the new pods must run. */
export const scaled: Step = {
  title: 'and the new pods run',
  command: [
    '-n',
    'demo',
    'get',
    'deployment',
    'busy',
    '-o',
    'custom-columns=NAME:.metadata.name,READY:.status.readyReplicas',
  ],
  check: (answer) => {
    const [, ready = '0'] = /^busy +(\d+)/m.exec(answer) ?? [];
    if (Number(ready) < 2) throw new Error(`only ${ready} pods are ready`);
  },
  patienceMs: 60_000,
};

/** Carries out a step, again and again while it may still come true; returns kubectl's answer. */
export async function carryOut({ command, check, patienceMs }: Step, cluster: LocalCluster): Promise<string> {
  for (const deadlineMs = Date.now() + patienceMs; ; ) {
    try {
      const answer = await cluster.kubectl(command);
      check(answer);
      return answer;
    } catch (error) {
      if (Date.now() >= deadlineMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

/** What `handChecks` needs to know of a cluster. */
export async function subjects(cluster: LocalCluster): Promise<{ nodes: string[]; pod: string }> {
  const names = ['-o', 'jsonpath={.items[*].metadata.name}'];
  const nodes = await cluster.kubectl(['get', 'nodes', ...names]);
  const running = ['-l', 'k8s-app=metrics-server', '--field-selector=status.phase=Running'];
  const pods = await cluster.kubectl(['-n', 'kube-system', 'get', 'pods', ...running, ...names]);
  return { nodes: nodes.split(' '), pod: pods.split(' ')[0] ?? '' };
}

function holds(pattern: RegExp, complaint: string): Step['check'] {
  return (answer) => {
    if (!pattern.test(answer)) throw new Error(`${complaint}:\n${answer}`);
  };
}

interface MetricsList {
  items: { metadata: { name: string }; usage?: { cpu: string; memory: string }; containers?: unknown[] }[];
}

/** Every name is in the list, with figures that are not zero. */
function expectUsage(answer: string, names: string[]): void {
  const { items }: MetricsList = JSON.parse(answer);
  for (const name of names) {
    const item = items.find(({ metadata }) => metadata.name === name);
    if (item === undefined)
      throw new Error(
        `${name} is not measured; measured are: ${items.map(({ metadata }) => metadata.name).join(', ')}`,
      );
    const isMeasured =
      item.usage === undefined ? (item.containers ?? []).length > 0 : !/^0\w*$/.test(item.usage.memory);
    if (!isMeasured) throw new Error(`${name} has no figures: ${JSON.stringify(item)}`);
  }
}
