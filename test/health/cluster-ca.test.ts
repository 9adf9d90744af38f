import { expect } from 'chai';
import { diagnoseAvailable } from '../../src/health/available.ts';
import type { Facts, KubeletAnswer } from '../../src/health/facts.ts';
import { preflightStatus } from '../../src/health/kubelet-troubles.ts';
import { diagnoseScraping } from '../../src/health/scraping.ts';
import { answered, node, sampled, someFacts } from './some-facts.ts';
import { type Made, someAuthority, someCertificate } from './some-kubelets.ts';

const custom = { tls: { kubelet: { mode: 'CustomCA', caBundleRef: { name: 'node-ca' } } } };
const choice = `kubectl patch msc metrics-server --type=merge -p '{"spec":{"tls":{"kubelet":{"mode":"ClusterCA","caBundleRef":null}}}}'`;
const nodeAt = (name: string, address: string) =>
  node(name, { addresses: [{ type: 'InternalIP', address }], kubeletPort: 10250 });

describe('the way out by the CA of the cluster', () => {
  const made: Record<string, Made> = {};
  before(async () => {
    const [ca, other] = await Promise.all([someAuthority('cluster-ca'), someAuthority('other-ca')]);
    const ip = ['10.0.0.1', '10.0.0.2'];
    const [ofCluster, ofOther, old, ofNobody] = await Promise.all([
      someCertificate({ ip, by: ca }),
      someCertificate({ ip, by: other }),
      someCertificate({ ip, by: ca, days: -1 }),
      someCertificate({ dns: ['a', 'b'] }),
    ]);
    Object.assign(made, { ca, other, ofCluster, ofOther, old, ofNobody });
  });
  const certificate = (name: string) => made[name]?.certificate ?? expect.fail(name);
  const shown = (name: string, host: string): KubeletAnswer => {
    return { host, is: 'shown', chain: [certificate(name)] };
  };

  /** Nothing is ready; the nodes have shown these, metrics-server trusts the other CA. */
  const facts = (a: string, b: string, changes: Parameters<typeof someFacts>[0] = {}): Facts =>
    someFacts({
      nodes: [nodeAt('a', '10.0.0.1'), nodeAt('b', '10.0.0.2')],
      deployment: { metadata: { name: 'metrics-server', namespace: 'kube-system' }, status: {} },
      metrics: { is: 'unregistered' },
      preflight: {
        answers: new Map([
          ['a', shown(a, '10.0.0.1')],
          ['b', shown(b, '10.0.0.2')],
        ]),
        trusted: [certificate('other')],
        cluster: { trusted: [certificate('ca')] },
        requests: new Map(),
      },
      spec: custom,
      ...changes,
    });
  const advice = (...args: Parameters<typeof facts>) => preflightStatus(facts(...args))?.advice ?? '';

  it('is the first where the kubelets have certificates of it already, and no others are asked for', () => {
    const { reason, message } = diagnoseAvailable(facts('ofCluster', 'ofCluster'));
    expect(reason).to.equal('KubeletCertUnknownCA');
    expect(message).not.to.include('serverTLSBootstrap');
    const ways = [choice, 'add it to ConfigMap kube-system/node-ca', '"mode":"Insecure"'];
    const places = ways.map((way) => message.indexOf(way));
    expect(places, message).to.deep.equal(places.toSorted((a, b) => a - b));
    expect(places).not.to.include(-1);
    expect(advice('ofCluster', 'ofCluster')).to.match(/^What would work: tls\.kubelet\.mode: ClusterCA\b/);
  });

  it('is none where a kubelet would be refused then, or is refused for another cause', () => {
    for (const other of ['ofOther', 'old', 'ofNobody']) {
      expect(diagnoseAvailable(facts('ofNobody', other)).message, other).not.to.include('ClusterCA');
      expect(advice('ofCluster', other), other)
        .to.include("certificates of the cluster's CA for the kubelets")
        .and.not.include('ClusterCA');
    }
  });

  it('is none where nobody knows whom the cluster trusts', () => {
    const { preflight, ...rest } = facts('ofCluster', 'ofCluster');
    if (preflight === undefined) return expect.fail();
    for (const cluster of [undefined, { trusted: undefined }]) {
      const unknown = preflightStatus({ ...rest, preflight: { ...preflight, cluster } });
      expect(unknown?.advice).to.include("certificates of the cluster's CA for the kubelets");
    }
  });

  it('is none where it is in use already', () => {
    expect(advice('ofOther', 'ofOther', { spec: {} })).not.to.include('ClusterCA');
  });

  it('is none where what was shown was shown at other addresses', () => {
    const nodes = [nodeAt('a', '10.0.0.3'), nodeAt('b', '10.0.0.4')];
    const errors = [{ node: 'b', error: 'x509: certificate signed by unknown authority', times: 2 }];
    const { message } = diagnoseScraping(
      facts('ofCluster', 'ofCluster', {
        nodes,
        log: { is: 'read', errors },
        metrics: answered(sampled('a')),
      }),
    );
    expect(message).to.include('serverTLSBootstrap').and.not.include('ClusterCA');
  });

  it('is one, too, where it is the log that tells of the trouble', () => {
    const errors = [{ node: 'b', error: 'x509: certificate signed by unknown authority', times: 2 }];
    const { message } = diagnoseScraping(
      facts('ofOther', 'ofCluster', { log: { is: 'read', errors }, metrics: answered(sampled('a')) }),
    );
    expect(message, 'it would harm the other').not.to.include('ClusterCA');
    const { message: harmless } = diagnoseScraping(
      facts('ofCluster', 'ofCluster', { log: { is: 'read', errors }, metrics: answered(sampled('a')) }),
    );
    expect(harmless).to.include(choice);
  });
});
