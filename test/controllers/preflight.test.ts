import type { X509Certificate } from 'node:crypto';
import type { V1Pod } from '@kubernetes/client-node';
import { expect } from 'chai';
import type { KubeletPlace } from '../../src/controllers/kubelets.ts';
import { preflightOf } from '../../src/controllers/preflight.ts';
import type { KubeletAnswer } from '../../src/health/facts.ts';
import { answered, node, sampled, someFacts } from '../health/some-facts.ts';
import { authorityOfVersion1, type Made, someAuthority, someCertificate } from '../health/some-kubelets.ts';

const at = (name: string, changes: object = {}) =>
  node(name, { addresses: [{ type: 'InternalIP', address: name }], kubeletPort: 10250, ...changes });
const insecure = { tls: { kubelet: { mode: 'Insecure' } } };

describe('what is asked of kubelets', () => {
  const made: Record<string, Made> = {};
  before(async () => {
    const ca = await someAuthority('ca');
    Object.assign(made, {
      ca,
      good: await someCertificate({ ip: ['10.0.0.1'], by: ca }),
      bad: await someCertificate({ ip: ['10.0.0.1'] }),
    });
  });
  const certificate = (name: string) => made[name]?.certificate ?? expect.fail(name);

  /** Who is asked, how old the answers may be, and whether requests are. */
  function asked(
    changes: Parameters<typeof someFacts>[0],
    last: KubeletAnswer = { host: '10.0.0.1', is: 'unreachable' },
    named?: X509Certificate[],
  ) {
    const facts = someFacts(changes);
    const told: { places: KubeletPlace[]; ages: number[]; requests: number; unjudged: number } = {
      places: [],
      ages: [],
      requests: 0,
      unjudged: 0,
    };
    const preflight = preflightOf(
      {
        kubelets: (places, maxAgeMs) => {
          told.places = places;
          told.ages = places.map((place) => maxAgeMs(place.node, last) / 1000);
          return new Map(places.map((place) => [place.node, last]));
        },
        servingRequests: () => {
          told.requests += 1;
          return new Map([['a', 'csr-a']]);
        },
        clusterAuthorities: () => [certificate('ca')],
        onUnjudged: () => {
          told.unjudged += 1;
        },
      },
      { ...facts, named },
    );
    return { ...told, preflight, names: told.places.map((place) => place.node) };
  }
  const nodes = [at('10.0.0.1')];
  const well = answered(sampled('10.0.0.1'));
  const shown = (name: string): KubeletAnswer => {
    return { host: '10.0.0.1', is: 'shown', chain: [certificate(name)] };
  };
  const none: KubeletAnswer = { host: '10.0.0.1', is: 'none' };

  it('is nothing where the spec turns it off', () => {
    const { preflight, places } = asked({ nodes, spec: { health: { preflight: false } } });
    expect([preflight, places]).to.deep.equal([undefined, []]);
  });

  it('is five of many nodes, always the same, though others come and go', () => {
    const many = Array.from({ length: 200 }, (_, index) => at(`node-${index}`));
    const first = asked({ nodes: many, metrics: { is: 'unregistered' } }).names;
    expect(first).to.have.length(5);
    const fewer = many.filter(({ name }) => first.includes(name) || !name.endsWith('7'));
    expect(asked({ nodes: fewer.reverse(), metrics: { is: 'unregistered' } }).names).to.deep.equal(first);
    const missing = many.filter(({ name }) => !first.includes(name)).slice(0, 2);
    const others = many.filter((one) => !missing.includes(one)).map(({ name }) => sampled(name));
    const names = asked({ nodes: many, metrics: answered(...others) }).names;
    expect(names.slice(0, 2)).to.have.members(missing.map(({ name }) => name));
  });

  it('is not a node that is not ready, or not wanted, or without a fitting address', () => {
    const unfit = [
      at('a', { isReady: false }),
      at('b', { labels: { no: 'yes' } }),
      at('c', { addresses: [{ type: 'Hostname', address: 'c' }] }),
      at('d', { addresses: undefined }),
    ];
    const spec = {
      addressPriority: ['InternalIP'],
      nodes: { selector: { matchExpressions: [{ key: 'no', operator: 'DoesNotExist' }] } },
    };
    expect(asked({ nodes: unfit, spec, metrics: { is: 'unregistered' } }).places).to.deep.equal([]);
  });

  it('is, where nobody verifies, a node that is scraped, too, but only rarely: somebody may want to verify', () => {
    for (const answer of [shown('good'), shown('bad'), { host: '10.0.0.1', is: 'unreachable' as const }]) {
      const { names, ages, requests } = asked({ nodes, metrics: well, spec: insecure }, answer);
      expect({ names, ages, requests }).to.deep.equal({ names: ['10.0.0.1'], ages: [600], requests: 0 });
      expect(asked({ nodes, metrics: answered(), spec: insecure }, answer).ages).to.deep.equal([20]);
    }
    const many = Array.from({ length: 200 }, (_, index) => at(`node-${index}`));
    const all = answered(...many.map(({ name }) => sampled(name)));
    expect(asked({ nodes: many, metrics: all, spec: insecure }).names).to.have.length(5);
  });

  const lax: V1Pod[] = [
    {
      spec: { containers: [{ name: 'metrics-server', args: ['--kubelet-insecure-tls'] }] },
      status: {
        containerStatuses: [{ name: 'metrics-server', image: '', imageID: '', ready: true, restartCount: 0 }],
      },
    },
  ];
  const ages = [
    { when: 'it is good and scraped', answer: 'good', metrics: well, seconds: 600 },
    { when: 'it is good and nothing is deployed', answer: 'good', deployment: undefined, seconds: 600 },
    { when: 'it is good and yet not scraped', answer: 'good', metrics: answered(), seconds: 20 },
    {
      when: 'it is good, and scraped by pods that verify nothing',
      answer: 'good',
      metrics: well,
      pods: lax,
      seconds: 60,
    },
    { when: 'it is bad', answer: 'bad', seconds: 20 },
    { when: 'it is said to be bad, and scraped nonetheless', answer: 'bad', metrics: well, seconds: 600 },
    { when: 'there is none', answer: 'none', metrics: well, seconds: 20 },
    {
      when: 'it cannot be reached from here, and is scraped',
      answer: 'unreachable',
      metrics: well,
      seconds: 600,
    },
    { when: 'it cannot be reached', answer: 'unreachable', seconds: 20 },
  ] as const;
  for (const { when, answer, seconds, ...changes } of ages) {
    it(`is asked again after ${seconds} s where ${when}`, () => {
      const last = answer === 'good' || answer === 'bad' ? shown(answer) : { host: '10.0.0.1', is: answer };
      const facts = { nodes, metrics: { is: 'unregistered' as const }, ...changes };
      expect(asked(facts, last).ages).to.deep.equal([seconds]);
    });
  }

  it('are requests only where a kubelet has no certificate, or a ready node is missing', () => {
    expect(asked({ nodes, metrics: well }, shown('good')).requests).to.equal(0);
    expect(asked({ nodes, metrics: { is: 'unregistered' } }, shown('bad')).requests).to.equal(0);
    const waiting = asked({ nodes, metrics: { is: 'unregistered' } }, none);
    expect(waiting.requests).to.equal(1);
    expect(waiting.preflight?.requests?.get('a')).to.equal('csr-a');
    expect(asked({ nodes, metrics: answered() }).requests).to.equal(1);
    const gone = [at('10.0.0.1', { isReady: false })];
    expect(asked({ nodes: gone, metrics: answered() }).requests, 'not ready').to.equal(0);
    const errors = [{ node: '10.0.0.1', error: 'remote error: tls: internal error', times: 1 }];
    const log = { is: 'read' as const, errors };
    expect(asked({ nodes, metrics: { is: 'unregistered' }, log }).requests, 'said by the log').to.equal(1);
  });

  it('ends no look where it cannot be judged, but is as good as out of reach, and told', () => {
    const get = () => expect.fail('nobody thought of that');
    const chain = [new Proxy(certificate('good'), { get })];
    for (const spec of [{}, insecure]) {
      const { preflight, ages, unjudged } = asked({ nodes, spec }, { host: '10.0.0.1', is: 'shown', chain });
      expect(preflight?.answers.get('10.0.0.1')).to.deep.equal({ host: '10.0.0.1', is: 'unreachable' });
      expect(ages).to.deep.equal([20]);
      expect(unjudged).to.be.at.least(1);
    }
  });

  it('is trusted as metrics-server trusts', () => {
    expect(asked({ nodes }).preflight?.trusted).to.have.length(1);
    expect(asked({ nodes, spec: insecure }).preflight?.trusted).to.equal(undefined);
    const spec = { tls: { kubelet: { mode: 'CustomCA', caBundleRef: { name: 'kubelets' } } } };
    expect(asked({ nodes, spec }).preflight?.trusted, 'it cannot be read').to.equal(undefined);
    const named = [certificate('bad')];
    expect(asked({ nodes, spec }, undefined, named).preflight?.trusted).to.deep.equal(named);
  });

  it('comes with whom the cluster trusts, whomever metrics-server trusts', () => {
    const spec = { tls: { kubelet: { mode: 'CustomCA', caBundleRef: { name: 'kubelets' } } } };
    for (const mode of [{}, spec, insecure])
      expect(asked({ nodes, spec: mode }).preflight?.cluster?.trusted).to.deep.equal([certificate('ca')]);
  });

  it('takes a CA of version 1 for one, and nothing else that does not say so', async () => {
    const spec = { tls: { kubelet: { mode: 'CustomCA', caBundleRef: { name: 'kubelets' } } } };
    const { certificate: old } = await authorityOfVersion1();
    const { preflight } = asked({ nodes, spec }, undefined, [certificate('bad'), certificate('ca'), old]);
    expect([...(preflight?.ofVersion1 ?? [])]).to.deep.equal([old.fingerprint256]);
  });
});
