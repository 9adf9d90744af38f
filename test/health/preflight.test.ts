import { expect } from 'chai';
import { diagnoseAvailable } from '../../src/health/available.ts';
import type { Facts, KubeletAnswer, NodeFacts } from '../../src/health/facts.ts';
import { preflightStatus } from '../../src/health/kubelet-troubles.ts';
import { betterOrder, kubeletAt } from '../../src/health/preflight.ts';
import { diagnoseScraping } from '../../src/health/scraping.ts';
import { answered, node, now, sampled, someFacts } from './some-facts.ts';
import { type Made, someAuthority, someCertificate } from './some-kubelets.ts';

const byIP = 'KubeletCertNoIPSAN';
const insecure = { tls: { kubelet: { mode: 'Insecure' } } };

function nodeAt(name: string, ip: string, changes: Partial<NodeFacts> = {}): NodeFacts {
  const addresses = [
    { type: 'InternalIP', address: ip },
    { type: 'Hostname', address: name },
  ];
  return node(name, { addresses, kubeletPort: 10250, ...changes });
}

describe('what is foretold of kubelets', () => {
  const made: Record<string, Made> = {};
  before(async () => {
    const ca = await someAuthority('cluster-ca');
    Object.assign(made, {
      ca,
      good: await someCertificate({ dns: ['a', 'b'], ip: ['10.0.0.1', '10.0.0.2'], by: ca }),
      dnsOnly: await someCertificate({ dns: ['a', 'b'], by: ca }),
      selfSigned: await someCertificate({ dns: ['a', 'b'] }),
      other: await someCertificate({
        ip: ['10.0.0.1', '10.0.0.2'],
        by: await someAuthority('other-ca'),
      }),
    });
  });
  const certificate = (name: string) => made[name]?.certificate ?? expect.fail(name);
  const shown = (name: string, host: string): KubeletAnswer => {
    return { host, is: 'shown', chain: [certificate(name)] };
  };
  const nodes = [nodeAt('a', '10.0.0.1'), nodeAt('b', '10.0.0.2')];
  const starting = { metadata: { name: 'metrics-server', namespace: 'kube-system' }, status: {} };

  /** Nothing is ready, and the kubelets have answered so. */
  const facts = (
    answers: Record<string, KubeletAnswer>,
    changes: Parameters<typeof someFacts>[0] = {},
    requests: Record<string, string> = {},
  ): Facts =>
    someFacts({
      nodes,
      deployment: starting,
      metrics: { is: 'unregistered' },
      preflight: {
        answers: new Map(Object.entries(answers)),
        trusted: [certificate('ca')],
        requests: new Map(Object.entries(requests)),
      },
      ...changes,
    });

  it('is nothing where nobody has answered, or only a part of the world can be reached', () => {
    expect(preflightStatus(facts({}))).to.equal(undefined);
    const unreachable = facts({ a: { host: '10.0.0.1', is: 'unreachable' } });
    expect(preflightStatus(unreachable)).to.equal(undefined);
    expect(diagnoseAvailable(unreachable)).to.include({ reason: 'Starting' });
    expect(preflightStatus(someFacts())).to.equal(undefined);
  });

  it('is that all is well', () => {
    const well = facts({ a: shown('good', '10.0.0.1'), b: shown('good', '10.0.0.2') });
    expect(preflightStatus(well)).to.deep.equal({ checked: 2 });
    expect(diagnoseAvailable(well)).to.include({ reason: 'Starting' });
  });

  it('is the reason of Available before a pod has even started, where it holds for every kubelet', () => {
    const found = diagnoseAvailable(
      facts({ a: shown('selfSigned', '10.0.0.1'), b: shown('selfSigned', '10.0.0.2') }),
    );
    expect(found).to.include({ status: 'False', reason: byIP });
    expect(found.message).to.match(
      /^metrics-server will not be able to scrape the nodes\. a, b: .*serverTLSBootstrap: true.*forge its metrics/,
    );
    expect(found.message).not.to.include('addressPriority');
  });

  it('is not, where one of them will be scraped: that makes the pod ready', () => {
    const half = facts({ a: shown('selfSigned', '10.0.0.1'), b: shown('good', '10.0.0.2') });
    expect(diagnoseAvailable(half)).to.include({ reason: 'Starting' });
    expect(preflightStatus(half)).to.deep.include({
      checked: 2,
      failing: [{ reason: byIP, count: 1, nodes: ['a'] }],
    });
  });

  it('is not, where it is known of too few: the others may be well', () => {
    const one = facts({ a: shown('selfSigned', '10.0.0.1'), b: { host: '10.0.0.2', is: 'unreachable' } });
    expect(diagnoseAvailable(one)).to.include({ reason: 'Starting' });
    const oneOfMany = [nodeAt('x', '', { addresses: [] }), ...nodes];
    expect(diagnoseAvailable(facts({}, { nodes: oneOfMany })), 'an address').to.include({
      reason: 'Starting',
    });
    const many = Array.from({ length: 9 }, (_, index) => nodeAt(`n${index}`, '10.0.0.1'));
    const some = (count: number) =>
      Object.fromEntries(many.slice(0, count).map(({ name }) => [name, shown('selfSigned', '10.0.0.1')]));
    expect(diagnoseAvailable(facts(some(2), { nodes: many }))).to.include({ reason: 'Starting' });
    expect(diagnoseAvailable(facts(some(3), { nodes: many }))).to.include({ reason: byIP });
  });

  it('is told where there is no Deployment', () => {
    const answers = { a: shown('selfSigned', '10.0.0.1'), b: shown('selfSigned', '10.0.0.2') };
    const found = diagnoseAvailable(facts(answers, { deployment: undefined }));
    expect(found).to.include({ status: 'Unknown', reason: 'NotMeasured' });
    expect(found.message)
      .to.include('There is no Deployment yet. ')
      .and.include('a, b: the certificate is for');
  });

  it('is the reason of Scraping where the log does not tell it', () => {
    const answers = { b: shown('selfSigned', '10.0.0.2') };
    const partly = facts(answers, { metrics: answered(sampled('a')) });
    expect(diagnoseScraping(partly)).to.include({ status: 'False', reason: byIP });
  });

  describe('of a pod that has stopped answering', () => {
    const startedAt = new Date(now.getTime() - 600_000);
    const lastTransitionTime = new Date(now.getTime() - 10_000);
    const container = { name: 'metrics-server', image: '', imageID: '', restartCount: 0 };
    const pods = [
      {
        status: {
          containerStatuses: [{ ...container, ready: false, state: { running: { startedAt } } }],
          conditions: [{ type: 'Ready', status: 'False', lastTransitionTime }],
        },
      },
    ];
    const a = () => shown('selfSigned', '10.0.0.1');

    it('is told beside it where it holds for some nodes: it need not be short of anything', () => {
      const found = diagnoseAvailable(facts({ a: a() }, { pods }));
      expect(found).to.include({ reason: 'Unresponsive' });
      expect(found.message).to.include('Kubelets are in trouble, too. a: ');
    });
    it('is the reason where it holds for all nodes, before the log has said so', () => {
      const found = diagnoseAvailable(facts({ a: a(), b: shown('selfSigned', '10.0.0.2') }, { pods }));
      expect(found).to.include({ status: 'False', reason: byIP });
      expect(found.message)
        .to.match(/^metrics-server runs, but cannot scrape the nodes\. a, b: /)
        .and.not.include('CPU');
    });
  });

  it('comes with the name of another CA as a way out, where one has issued the certificates', () => {
    const answers = { a: shown('other', '10.0.0.1'), b: shown('other', '10.0.0.2') };
    const found = diagnoseAvailable(facts(answers));
    expect(found).to.include({ reason: 'KubeletCertUnknownCA' });
    const ways = [
      'serverTLSBootstrap',
      'kubectl create configmap kubelet-ca',
      '"mode":"CustomCA"',
      '"mode":"Insecure"',
    ];
    const places = ways.map((way) => found.message.indexOf(way));
    expect(places, found.message).to.deep.equal([...places].sort((a, b) => a - b));
    expect(places).not.to.include(-1);
    const spec = { tls: { kubelet: { mode: 'CustomCA', caBundleRef: { name: 'mine' } } } };
    expect(diagnoseAvailable(facts(answers, { spec })).message)
      .to.include('add it to ConfigMap kube-system/mine')
      .and.include('{"mode":"Insecure","caBundleRef":null}');
  });

  it('counts for less than what the log says', () => {
    const errors = [{ node: 'b', error: 'dial tcp 10.0.0.2:10250: i/o timeout', times: 2 }];
    const answers = { b: shown('selfSigned', '10.0.0.2') };
    const log = { is: 'read' as const, errors };
    const found = diagnoseScraping(facts(answers, { metrics: answered(sampled('a')), log }));
    expect(found).to.include({ reason: 'KubeletTimeout' });
    expect(found.message).to.include('i/o timeout').and.not.include('x509');
  });

  it('counts for less than that a node is scraped, just so', () => {
    const args = ['--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname,InternalDNS,ExternalDNS'];
    const pod = (args: string[]) => ({
      spec: { containers: [{ name: 'metrics-server', args }] },
      status: {
        containerStatuses: [{ name: 'metrics-server', ready: true, image: '', imageID: '', restartCount: 0 }],
      },
    });
    const answers = { a: shown('selfSigned', '10.0.0.1') };
    const scraped = (args: string[]) =>
      preflightStatus(facts(answers, { metrics: answered(sampled('a'), sampled('b')), pods: [pod(args)] }));
    expect(scraped(args)).to.deep.equal({ checked: 1 });
    expect(scraped([...args, '--kubelet-insecure-tls'])?.failing).to.have.length(1);
    const another = '--kubelet-certificate-authority=/etc/metrics-server/kubelet-ca/ca.crt';
    expect(scraped([...args, another])?.failing).to.have.length(1);
    expect(scraped(['--kubelet-preferred-address-types=Hostname'])?.failing).to.have.length(1);
  });

  it('does not come from an answer at another address than the one that counts now', () => {
    const answers = { a: shown('selfSigned', 'a') };
    expect(preflightStatus(facts(answers))).to.equal(undefined);
  });

  describe('with a kubelet that has no certificate', () => {
    const alone = { nodes: nodes.slice(0, 1) };
    const none: Record<string, KubeletAnswer> = { a: { host: '10.0.0.1', is: 'none' } };

    it('is that a request has to be approved, in every mode, and no mode is offered', () => {
      for (const spec of [{}, insecure]) {
        const found = diagnoseAvailable(facts(none, { spec, ...alone }, { a: 'csr-x' }));
        expect(found).to.include({ status: 'False', reason: 'KubeletServingCSRPending' });
        expect(found.message)
          .to.include('waits for approval')
          .and.include('kubectl certificate approve csr-x')
          .and.not.include('Insecure');
      }
    });

    it('is that it asks for none, where it is known that no request of it waits', () => {
      const known = facts(none, alone, { other: 'csr-x' });
      expect(diagnoseAvailable(known).message)
        .to.include('no request of it is pending (kubectl get csr')
        .and.include('serverTLSBootstrap: true')
        .and.not.include('waits');
      const preflight = known.preflight && { ...known.preflight, requests: undefined };
      expect(diagnoseAvailable({ ...known, preflight }).message)
        .to.include('kubectl certificate approve NAME')
        .and.not.include('no request of it is pending');
    });

    it('is said with one command to approve requests, where another kubelet is refused for its certificate', () => {
      const both = { ...none, b: shown('selfSigned', '10.0.0.2') };
      const { message } = diagnoseAvailable(facts(both, {}, { a: 'csr-x' }));
      expect(message).to.include('serverTLSBootstrap').and.not.include('NAME)');
      expect(message.split('kubectl certificate approve')).to.have.length(2);
      expect(message.split('approve its request')).to.have.length(2);
    });

    it('is nothing while the node is new: somebody may be about to approve it', () => {
      const young = nodeAt('a', '10.0.0.1', { createdAtMs: now.getTime() - 30_000 });
      expect(preflightStatus(facts(none, { nodes: [young] }))).to.equal(undefined);
    });

    it('is known from its request alone, where the operator cannot ask it and it is not scraped', () => {
      const missing = facts({}, { metrics: answered(sampled('a')) }, { b: 'csr-x', a: 'csr-y' });
      expect(diagnoseScraping(missing)).to.include({ reason: 'KubeletServingCSRPending' });
      expect(preflightStatus(missing)?.failing).to.have.length(1);
    });
  });

  it('is nothing of certificates where nobody verifies them', () => {
    const answers = { a: shown('selfSigned', '10.0.0.1') };
    expect(preflightStatus(facts(answers, { spec: insecure }))).to.deep.equal({ checked: 1 });
  });

  it('is what nodes lack of which metrics-server takes no address, in every mode', () => {
    for (const spec of [
      { addressPriority: ['ExternalIP'] },
      { addressPriority: ['ExternalIP'], ...insecure },
    ]) {
      const found = diagnoseAvailable(facts({}, { spec }));
      expect(found).to.include({ reason: 'NoMatchingAddressType' });
      expect(found.message)
        .to.include('InternalIP, Hostname')
        .and.include(`'{"spec":{"addressPriority":["ExternalIP","InternalIP"]}}'`);
    }
    expect(preflightStatus(facts({}, { nodes: [node('a')] })), 'not known yet').to.equal(undefined);
  });

  it('comes with the order of addresses that works', () => {
    const dnsOnly = facts({ a: shown('dnsOnly', '10.0.0.1'), b: shown('dnsOnly', '10.0.0.2') });
    expect(diagnoseAvailable(dnsOnly).message).to.match(
      /mends a, b if pods can resolve the names: kubectl patch msc metrics-server --type=merge -p '{"spec":{"addressPriority":\["Hostname","InternalIP"/,
    );
    const named = { addressPriority: ['Hostname', 'InternalIP'] };
    const byName = facts({ a: shown('good', 'other'), b: shown('good', 'b') }, { spec: named });
    expect(betterOrder(byName), 'answers of another address').to.equal(undefined);
  });

  it('comes with no order that would do harm to other nodes', () => {
    const nameless = facts({ a: shown('dnsOnly', '10.0.0.1'), b: shown('selfSigned', '10.0.0.2') });
    expect(betterOrder(nameless)).to.equal(undefined);
  });

  it('names a few nodes and counts the others', () => {
    const many = Array.from({ length: 12 }, (_, index) => nodeAt(`n${index}`, '10.0.0.1'));
    const answers = Object.fromEntries(many.map(({ name }) => [name, shown('selfSigned', '10.0.0.1')]));
    const all = facts(answers, { nodes: many });
    expect(diagnoseAvailable(all).message).to.include('n0, n1, n2 and 9 more: ');
    const [failing] = preflightStatus(all)?.failing ?? [];
    expect(failing).to.include({ count: 12 });
    expect(failing?.nodes).to.have.length(10);
  });
});

describe('where a kubelet is asked', () => {
  const spec = (changes: object = {}) => someFacts({ spec: changes }).spec;
  const a = nodeAt('a', '10.0.0.1');

  it('is the first type that the node has, at the port in its status', () => {
    expect(kubeletAt(a, spec())).to.deep.equal({ host: '10.0.0.1', port: 10250 });
    expect(kubeletAt({ ...a, kubeletPort: 10259 }, spec())).to.include({ port: 10259 });
    expect(kubeletAt({ ...a, kubeletPort: 0 }, spec())).to.include({ port: 10250 });
    expect(kubeletAt(a, spec({ addressPriority: ['ExternalIP', 'Hostname'] }))).to.include({ host: 'a' });
    expect(kubeletAt(a, spec({ addressPriority: ['ExternalIP'] }))).to.equal(undefined);
  });
  it('is the port of the spec where that says so', () => {
    const own = (kubelet: object) => kubeletAt({ ...a, kubeletPort: 1 }, spec({ kubelet }))?.port;
    expect(own({ useNodeStatusPort: false, port: 10255 })).to.equal(10255);
    expect(own({ useNodeStatusPort: false })).to.equal(10250);
  });
});
