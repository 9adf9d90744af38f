import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { V1CertificateSigningRequestList } from '@kubernetes/client-node';
import { expect } from 'chai';
import { requests } from '../../../local-cluster/audit.ts';
import { restartKubelet } from '../../../local-cluster/faults.ts';
import { pauseImage } from '../../../local-cluster/images.ts';
import type { ServingCertificate } from '../../../local-cluster/kubelet-certificates.ts';
import { layout } from '../../../local-cluster/layout.ts';
import { operatorUser } from '../../../local-cluster/operator.ts';
import { eventually } from '../eventually.ts';
import { applyYaml, configYaml, expectCondition, get, statusOf } from '../objects.ts';
import { grantReading } from '../rights.ts';
import { onNodes } from './on-nodes.ts';

const spec = { image: { mirrors: ['127.0.0.1:5000/metrics-server/metrics-server'] }, resolution: '10s' };
const insecure = { tls: { kubelet: { mode: 'Insecure' } } };
const custom = { tls: { kubelet: { mode: 'CustomCA', caBundleRef: { name: 'another-ca' } } } };

/** What the kubelets of node-1 and node-2 have, and why metrics-server does not take it; '' where it does. */
type Pair = { has: ServingCertificate; reason: string }[];
const selfSigned: Pair = [
  { has: 'self-signed', reason: 'KubeletCertNoIPSAN' },
  { has: 'self-signed', reason: 'KubeletCertNoIPSAN' },
];
const misnamedAndOld: Pair = [
  { has: 'dns-only', reason: 'KubeletCertNoIPSAN' },
  { has: 'expired', reason: 'KubeletCertExpired' },
];
const unknownAndNone: Pair = [
  { has: 'another-ca', reason: 'KubeletCertUnknownCA' },
  { has: 'pending', reason: 'KubeletServingCSRPending' },
];

const approved: Pair = [
  { has: 'cluster-ca', reason: '' },
  { has: 'cluster-ca', reason: '' },
];

// What changes where another CA than the cluster's is trusted.
const knownAndNone: Pair = [
  { has: 'another-ca', reason: '' },
  { has: 'pending', reason: 'KubeletServingCSRPending' },
];
const selfSignedAndUnknown: Pair = [
  { has: 'self-signed', reason: 'KubeletCertNoIPSAN' },
  { has: 'cluster-ca', reason: 'KubeletCertUnknownCA' },
];
const known: Pair = [
  { has: 'another-ca', reason: '' },
  { has: 'another-ca', reason: '' },
];

// Wide: a handshake is repeated after 20 s, metrics-server scrapes every 10 s and tells in its log.
const soonMs = 120_000;

const hasOf = (pair: Pair) => pair.map(({ has }) => has).join(' and ');

describe('what kubelets show, and whether they can be scraped', function () {
  this.timeout(240_000);
  const running = onNodes('kubelets', { nodes: 2, kubeletCertificates: 'self-signed', isInside: true });
  const cluster = () => running().cluster;
  const rows: string[] = [];
  // metrics-server is ready only with metrics of pods, too (since 0.9): a node that is scraped must have some.
  before(async () => {
    for (const node of ['node-1', 'node-2']) {
      const containers = [{ name: 'pause', image: pauseImage }];
      const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: `on-${node}` } };
      await applyYaml(cluster(), JSON.stringify({ ...pod, spec: { nodeName: node, containers } }));
    }
  });
  after(() => console.log(rows.map((row) => `      ${row}`).join('\n')));

  const apply = async (changes: object = {}) =>
    await applyYaml(cluster(), configYaml({ ...spec, ...changes }));
  const give = async (pair: Pair) => {
    const restarts = pair.map(({ has }, index) =>
      restartKubelet(cluster(), index + 1, { kubeletCertificates: has }),
    );
    await Promise.all(restarts);
  };
  const reasonsByNode = async () => {
    const failing = (await statusOf(cluster())).preflight?.failing ?? [];
    return failing
      .flatMap(({ reason, nodes }) => nodes.map((node) => `${node} ${reason}`))
      .sort((a, b) => a.localeCompare(b));
  };
  const isForetold = async (pair: Pair) =>
    expect(await reasonsByNode()).to.deep.equal(
      pair.flatMap(({ reason }, index) => (reason === '' ? [] : [`node-${index + 1} ${reason}`])),
    );
  /** Whether the pods are as the last spec wants them. */
  const isThrough = async () => {
    const observedGeneration = (await get(cluster(), 'msc', 'metrics-server'))?.metadata?.generation;
    await expectCondition(cluster(), 'Reconciling', { status: 'False', observedGeneration });
    // What needs a person is said also while pods are replaced, and then nothing is said to be under way.
    await expectCondition(cluster(), 'Available', { reason: 'PodsReady', observedGeneration });
  };
  /** Nodes with a sample that was taken after this. */
  const scrapedSince = async (sinceMs: number) => {
    const raw = await cluster().kubectl(['get', '--raw', '/apis/metrics.k8s.io/v1beta1/nodes']);
    const { items }: { items: { metadata: { name: string }; timestamp: string }[] } = JSON.parse(raw);
    return items
      .filter(({ timestamp }) => Date.parse(timestamp) > sinceMs)
      .map(({ metadata }) => metadata.name)
      .sort();
  };
  const tell = (mode: string, pair: Pair, results: string[], sinceMs: number) => {
    const seconds = Math.round((Date.now() - sinceMs) / 1000);
    for (const [index, { has }] of pair.entries())
      rows.push(`${mode.padEnd(10)} ${has.padEnd(12)} ${results[index]} (after ${seconds} s)`);
  };

  /** Foretold, and then so: it is what Ready says of each node. Returns what Ready says. */
  const isTheReason = async (mode: string, pair: Pair) => {
    const since = Date.now();
    await eventually(() => isForetold(pair), soonMs);
    const foretoldAfter = Math.round((Date.now() - since) / 1000);
    const failing = pair.flatMap(({ reason }, index) => (reason === '' ? [] : [{ reason, node: index + 1 }]));
    const { reason, message } = await eventually(async () => {
      const ready = await expectCondition(cluster(), 'Ready', { status: 'False' });
      expect(failing.map((one) => one.reason)).to.include(ready.reason);
      for (const one of failing) {
        expect(ready.message).to.include(`node-${one.node}: `);
        if (failing.length > 1) expect(ready.message).to.include(`(${one.reason})`); // else it is that of Ready
      }
      return ready;
    }, soonMs);
    rows.push(`Ready=False, ${reason}, foretold after ${foretoldAfter} s: ${message}`);
    await expectCondition(cluster(), 'Stalled', { status: 'True' });
    const results = pair.map((one) => one.reason || 'scraped');
    tell(mode, pair, results, since);
    return message;
  };

  it('is foretold while the config is paused and nothing is deployed, with what would work', async () => {
    const since = Date.now();
    await apply({ mode: 'Paused' });
    await eventually(() => isForetold(selfSigned), soonMs);
    const { preflight } = await statusOf(cluster());
    expect(preflight).to.include({ checked: 2 });
    expect(preflight?.advice)
      .to.include("certificates of the cluster's CA")
      .and.include('tls.kubelet.mode: Insecure')
      .and.not.include('addressPriority');
    expect(await get(cluster(), '-n', 'kube-system', 'deployment', 'metrics-server')).to.equal(undefined);
    const { message } = await expectCondition(cluster(), 'Available', { status: 'Unknown' });
    expect(message).to.include('node-1, node-2: ').and.include('no IP address');
    rows.push(`foretold after ${(Date.now() - since) / 1000} s: ${preflight?.advice}`);
  });

  it('is the reason of Ready within seconds, with the ways out, and is what happens then', async () => {
    const since = Date.now();
    await apply({ mode: 'Manage' });
    const { message } = await eventually(
      () => expectCondition(cluster(), 'Ready', { status: 'False', reason: 'KubeletCertNoIPSAN' }),
      60_000,
    );
    rows.push(`Ready=False after ${(Date.now() - since) / 1000} s: ${message}`);
    await expectCondition(cluster(), 'Stalled', { status: 'True' });
    await eventually(async () => {
      const { message } = await expectCondition(cluster(), 'Ready', { reason: 'KubeletCertNoIPSAN' });
      expect(message).to.match(/runs, but cannot scrape the nodes\. node-[12], node-[12]: .*x509: /);
    }, soonMs);
    tell('ClusterCA', selfSigned, ['KubeletCertNoIPSAN', 'KubeletCertNoIPSAN'], since);
  });

  for (const pair of [misnamedAndOld, unknownAndNone]) {
    it(`is the reason with ${hasOf(pair)}, while the cluster's CA is trusted`, async () => {
      await give(pair);
      const message = await isTheReason('ClusterCA', pair);
      if (pair === misnamedAndOld)
        expect(message).to.include(
          `kubectl patch msc metrics-server --type=merge -p '{"spec":{"addressPriority":["Hostname","InternalIP"`,
        );
    });
  }

  it('heals without a change of the spec: one kubelet gets another certificate, the request of the other is approved', async () => {
    const since = Date.now();
    await restartKubelet(cluster(), 1, { kubeletCertificates: 'cluster-ca' });
    await eventually(
      async () => expect(await reasonsByNode()).to.deep.equal(['node-2 KubeletServingCSRPending']),
      soonMs,
    );
    const csrs = await get<V1CertificateSigningRequestList>(cluster(), 'csr');
    const open = csrs?.items.filter(({ status }) => status?.conditions === undefined) ?? [];
    await cluster().kubectl(['certificate', 'approve', ...open.map(({ metadata }) => metadata?.name ?? '')]);
    await eventually(() => expectCondition(cluster(), 'Ready', { status: 'True', reason: 'Ready' }), soonMs);
    await eventually(async () => {
      const { preflight } = await statusOf(cluster());
      expect(preflight).to.deep.equal({ checked: 2 });
    }, soonMs);
    tell('ClusterCA', approved, ['scraped', 'scraped'], since);
  });

  it('asks for nothing more while all is well', async () => {
    const since = new Date();
    await sleep(25_000);
    const asked = await requests(cluster().auditLog, { user: operatorUser, since });
    expect(asked.map(({ uri }) => uri).filter((uri) => uri.includes('signingrequests'))).to.deep.equal([]);
    expect((await statusOf(cluster())).preflight).to.deep.equal({ checked: 2 });
    rows.push(`in 25 s of peace: ${asked.map(({ verb, uri }) => `${verb} ${uri.split('?')[0]}`).join(', ')}`);
  });

  it('is foretold of a change that is not rolled out yet, and forgotten with it', async () => {
    await apply({ mode: 'Paused', addressPriority: ['ExternalIP'] });
    const lacking = selfSigned.map((one) => ({ ...one, reason: 'NoMatchingAddressType' }));
    await eventually(() => isForetold(lacking), soonMs);
    const { preflight } = await statusOf(cluster());
    expect(preflight?.advice).to.equal('What would work: addressPriority: [ExternalIP, InternalIP].');
    await expectCondition(cluster(), 'Ready', { status: 'True', reason: 'Paused' });
    await apply({ mode: 'Manage' });
    await eventually(async () => {
      await isForetold([]);
      await expectCondition(cluster(), 'Ready', { status: 'True', reason: 'Ready' });
    }, soonMs);
  });

  it('does not matter where nobody verifies', async () => {
    const began = Date.now();
    await apply(insecure);
    await eventually(isThrough, soonMs);
    await expectCondition(cluster(), 'Ready', { status: 'True' });
    tell('Insecure', approved, ['scraped', 'scraped'], began);
    for (const pair of [selfSigned, misnamedAndOld]) {
      const since = Date.now();
      await give(pair);
      const restarted = Date.now();
      await eventually(
        async () => expect(await scrapedSince(restarted)).to.deep.equal(['node-1', 'node-2']),
        soonMs,
      );
      await eventually(() => expectCondition(cluster(), 'Scraping', { status: 'True' }), soonMs);
      expect((await statusOf(cluster())).preflight?.failing).to.equal(undefined);
      tell('Insecure', pair, ['scraped', 'scraped'], since);
    }
  });

  it('is the reason even then where a kubelet has no certificate at all, and no mode is offered as a way out', async () => {
    await give(unknownAndNone);
    const since = Date.now();
    const { message } = await eventually(
      () => expectCondition(cluster(), 'Scraping', { status: 'False', reason: 'KubeletServingCSRPending' }),
      soonMs,
    );
    rows.push(`Insecure: ${message}`);
    expect(message).to.include('1 of 2 nodes').and.include('node-2').and.not.include('Insecure');
    await eventually(
      () => expectCondition(cluster(), 'Ready', { reason: 'KubeletServingCSRPending' }),
      soonMs,
    );
    await eventually(async () => expect(await scrapedSince(since)).to.deep.equal(['node-1']), soonMs);
    await eventually(
      async () => expect(await reasonsByNode()).to.deep.equal(['node-2 KubeletServingCSRPending']),
      soonMs,
    );
    tell('Insecure', unknownAndNone, ['scraped', 'KubeletServingCSRPending'], since);
  });

  it('is the reason, too, where another CA than that of the cluster is trusted', async () => {
    const pki = layout(cluster().state).pki;
    const file = `--from-file=ca.crt=${join(pki, 'another-ca.crt')}`;
    await cluster().kubectl(['-n', 'kube-system', 'create', 'configmap', 'another-ca', file]);
    await grantReading(cluster(), 'configmaps', 'another-ca');
    const since = Date.now();
    await apply(custom);
    await eventually(isThrough, soonMs);
    await eventually(async () => expect(await scrapedSince(since)).to.deep.equal(['node-1']), soonMs);
    expect((await statusOf(cluster())).effective).to.include({ kubeletTls: 'CustomCA' });
    for (const pair of [knownAndNone, misnamedAndOld, selfSignedAndUnknown]) {
      if (pair !== knownAndNone) await give(pair);
      await isTheReason('CustomCA', pair);
    }
  });

  it('heals there as well', async () => {
    const since = Date.now();
    await give(known);
    await eventually(() => expectCondition(cluster(), 'Ready', { status: 'True', reason: 'Ready' }), soonMs);
    await eventually(() => isForetold(known), soonMs);
    tell('CustomCA', known, ['scraped', 'scraped'], since);
  });
});
