import { expect } from 'chai';
import { MetricsServerConfigSpec } from '../../src/crds/metrics-server-config.ts';
import { diagnoseAvailable } from '../../src/health/available.ts';
import { problemList } from '../../src/health/problem-list.ts';
import { diagnoseScraping } from '../../src/health/scraping.ts';
import { diagnoseSecure } from '../../src/health/secure.ts';
import { diagnoseServing } from '../../src/health/serving.ts';
import { entriesOf } from '../docs/chart.ts';
import { answered, failed, node, sampled, someFacts } from './some-facts.ts';

type World = Parameters<typeof someFacts>[0];

interface Case {
  when: string;
  facts: World;
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
  return [
    ...bad.filter(({ reason }) => reason !== 'ServingNotVerified').map(({ message }) => message),
    ...problems.map(({ remedy }) => remedy),
  ];
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
  for (const { when, facts, patches, flags = '' } of cases) {
    it(`is ${patches.length > 0 ? 'the exact patch, which the API takes,' : 'no patch'} where ${when}`, () => {
      const texts = said(facts);
      const unique = new Set(texts.flatMap(patchesIn).map((patch) => JSON.stringify(patch)));
      expect([...unique].map((patch) => JSON.parse(patch))).to.deep.equal(patches);
      for (const patch of patches) {
        const spec = merged(facts?.spec ?? {}, patch);
        expect(() => MetricsServerConfigSpec.parse(spec), JSON.stringify(spec)).not.to.throw();
      }
    });
    it(`names nothing of a config that there is not, where ${when}`, () => {
      const text = said({ ...facts, speaks: 'flags' }).join('\n');
      expect(text)
        .to.include(flags)
        .and.not.match(/spec\.|\bmsc\b|[Tt]he operator|Applied/);
    });
  }
});
