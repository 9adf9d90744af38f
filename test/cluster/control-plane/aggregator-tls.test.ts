import type { Server } from 'node:https';
import type { V1APIService, V1Secret } from '@kubernetes/client-node';
import { expect } from 'chai';
import { connectApi } from '../../../local-cluster/api.ts';
import { layout } from '../../../local-cluster/layout.ts';
import { readMark } from '../../../local-cluster/state.ts';
import { type KeyPair, makeAuthority, makeServing } from '../../../src/platform/x509.ts';
import { eventually } from '../eventually.ts';
import { applyYaml, configYaml, expectCondition, get } from '../objects.ts';
import { onControlPlane, ownAddress, sayReady } from './on-control-plane.ts';
import { end, nodeMetricsPath, standIn } from './stand-in.ts';

const host = 'metrics-server.kube-system.svc';

describe('a certificate that the API server does not accept', function () {
  this.timeout(300_000);
  const running = onControlPlane('aggregator-tls');
  let server: Server;

  const show = ({ certificate, key }: KeyPair) => {
    server.setSecureContext({ cert: certificate, key });
    server.closeAllConnections(); // an open one goes on with the certificate it began with
  };
  const pairIn = async (name: string): Promise<KeyPair> => {
    const secret = await get<V1Secret>(running().cluster, '-n', 'kube-system', 'secret', name);
    const text = (key: string) => Buffer.from(secret?.data?.[key] ?? '', 'base64').toString();
    expect(secret?.data, name).to.have.property('tls.key');
    return { certificate: text('tls.crt'), key: text('tls.key') };
  };
  const serving = (expected: object) =>
    eventually(() => expectCondition(running().cluster, 'Serving', expected), 120_000);
  /** What the API server answers to whoever asks for metrics; kubectl has words of its own for it. */
  const asked = async () => {
    const paths = layout(running().cluster.state);
    const { apiPort = 0 } = (await readMark(paths)) ?? {};
    const api = await connectApi(paths, apiPort);
    return (await api('GET', nodeMetricsPath)).body;
  };
  const available = async () => {
    const apiService = await get<V1APIService>(running().cluster, 'apiservice', 'v1beta1.metrics.k8s.io');
    return apiService?.status?.conditions?.find(({ type }) => type === 'Available');
  };

  before(async () => {
    const address = ownAddress();
    const started = await standIn(address);
    server = started.server;
    const spec = { servingPort: started.port, tls: { serving: { mode: 'Managed' } } };
    await applyYaml(running().cluster, configYaml(spec));
    show(await eventually(() => pairIn('metrics-server-serving-cert'), 60_000));
    await sayReady(running().cluster, 'metrics-server', 'kube-system', { address, port: started.port });
    await serving({ status: 'True', reason: 'Answers' });
  });
  after(() => end(server));

  const others: Record<string, { make: () => Promise<KeyPair>; says: string; way: string }> = {
    'of a CA that the caBundle does not have': {
      make: async () => makeServing(await makeAuthority('another', 1, new Date()), [host], 1, new Date()),
      says: 'x509: certificate signed by unknown authority',
      way: 'The caBundle of APIService v1beta1.metrics.k8s.io does not fit it',
    },
    'for another name': {
      make: async () =>
        makeServing(await pairIn('metrics-server-serving-ca'), ['other.example.com'], 1, new Date()),
      says: `x509: certificate is valid for other.example.com, not ${host}`,
      way: 'It is not for the name of the Service',
    },
    'that has expired': {
      make: async () =>
        makeServing(
          await pairIn('metrics-server-serving-ca'),
          [host],
          1,
          new Date(Date.now() - 3 * 24 * 3_600_000),
        ),
      says: 'x509: certificate has expired or is not yet valid: now is after ',
      way: 'It has expired',
    },
  };
  for (const [which, { make, says, way }] of Object.entries(others)) {
    it(`${which} is named by a request, then by the check of the API server, until it fits again`, async () => {
      show(await make());
      const answer = await eventually(async () => {
        const said = await asked();
        expect(said).to.include('x509: ');
        return said;
      }, 60_000);
      console.log(`      the API server says: ${answer.trim().split('\n').at(-1)}`);
      const { message } = await serving({ status: 'False', reason: 'AggregatorTLS' });
      expect(message).to.include(says).and.include(way);

      const condition = await eventually(async () => {
        const found = await available();
        expect(found?.status, JSON.stringify(found)).to.equal('False');
        return found;
      }, 120_000);
      console.log(`      its check says: ${condition?.message}`);
      await eventually(async () => expect(await asked()).not.to.include('x509: '), 30_000);
      await serving({ status: 'False', reason: 'AggregatorTLS' });

      show(await pairIn('metrics-server-serving-cert'));
      await serving({ status: 'True', reason: 'Answers' });
    });
  }
});
