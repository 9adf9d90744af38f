import { setTimeout as sleep } from 'node:timers/promises';
import { createServer, type Server } from 'node:tls';
import { expect } from 'chai';
import { type KubeletPlace, kubeletProbes } from '../../src/controllers/kubelets.ts';
import type { Connection } from '../../src/platform/connection.ts';
import { Refusal } from '../../src/platform/refusal.ts';
import { type KeyPair, makeAuthority, makeServing } from '../../src/platform/x509.ts';

const host = '127.0.0.1';
const tenMinutesMs = 600_000;

describe('kubelets that are asked for their certificates', () => {
  const made: { pair?: KeyPair; authority?: KeyPair } = {};
  const servers: Server[] = [];
  before(async () => {
    made.authority = await makeAuthority('ca', 1, new Date());
    made.pair = await makeServing(made.authority, ['node-1'], 1, new Date());
  });
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  /** A kubelet on this machine, which counts who asks. */
  async function kubelet(node: string): Promise<{ place: KubeletPlace; asked: { times: number } }> {
    const asked = { times: 0 };
    const { certificate: cert, key } = made.pair ?? expect.fail();
    const server = createServer({ cert, key });
    server.on('connection', () => {
      asked.times += 1;
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    return { place: { node, host, port }, asked };
  }

  function probesOf(changes: Partial<Connection> = {}, reachesPods = true) {
    const never = () => Promise.reject(new Error('nobody asks for it'));
    const told = { news: 0, failures: 0 };
    const connection: Connection = {
      send: never,
      list: never,
      text: never,
      lines: never,
      now: () => new Date(),
      authorities: async () => made.authority?.certificate,
      ...changes,
    };
    const probes = kubeletProbes({
      connection,
      reachesPods,
      onNews: () => {
        told.news += 1;
      },
      onFailure: () => {
        told.failures += 1;
      },
    });
    return { probes, told };
  }
  const settled = async (isSo: () => boolean) => {
    for (let wait = 0; wait < 200 && !isSo(); wait += 1) await sleep(10);
  };

  it('are known when all have answered, and are not asked again before it is time', async () => {
    const [a, b] = [await kubelet('a'), await kubelet('b')];
    const places = [a.place, b.place];
    const { probes, told } = probesOf();
    const look = () => probes.kubelets(places, () => tenMinutesMs);
    expect(look().size).to.equal(0);
    await settled(() => look().size === 2);
    for (let times = 0; times < 5; times += 1) look();
    await sleep(50);
    expect([...look().keys()]).to.deep.equal(['a', 'b']);
    expect([a.asked.times, b.asked.times, told.news]).to.deep.equal([1, 1, 2]);
    expect(probes.clusterAuthorities()).to.have.length(1);
  });

  it('are no news where they show the same as before', async () => {
    const { place, asked } = await kubelet('a');
    const { probes, told } = probesOf();
    await settled(() => {
      probes.kubelets([place], () => 0);
      return asked.times >= 3;
    });
    expect(asked.times).to.be.at.least(3);
    expect(told.news).to.equal(1);
  });

  it('go on being known while another one of them has not answered yet', async () => {
    const [a, b] = [await kubelet('a'), await kubelet('b')];
    const { probes } = probesOf();
    await settled(() => probes.kubelets([a.place], () => tenMinutesMs).size === 1);
    expect([...probes.kubelets([a.place, b.place], () => tenMinutesMs).keys()]).to.deep.equal(['a']);
  });

  it('are known though one of them is said to be where nothing can be', async () => {
    const { place } = await kubelet('a');
    const { probes, told } = probesOf();
    const places = [place, { node: 'b', host, port: 70_000 }];
    const look = () => probes.kubelets(places, () => tenMinutesMs);
    await settled(() => look().size === 2);
    expect([look().get('a')?.is, look().get('b')?.is]).to.deep.equal(['shown', 'unreachable']);
    expect(told.failures).to.equal(0);
  });

  it('are not asked from where their addresses may mean something else', async () => {
    const { place, asked } = await kubelet('a');
    const { probes } = probesOf({}, false);
    for (let times = 0; times < 3; times += 1) {
      expect(probes.kubelets([place], () => 0).size).to.equal(0);
      await sleep(20);
    }
    expect(asked.times).to.equal(0);
  });

  it('are judged without a CA where the connection has none', async () => {
    const { place } = await kubelet('a');
    const { probes } = probesOf({ authorities: async () => undefined });
    await settled(() => probes.kubelets([place], () => tenMinutesMs).size === 1);
    expect(probes.clusterAuthorities()).to.equal(undefined);
  });

  const list = {
    items: [
      {
        metadata: { name: 'csr-1', creationTimestamp: '2026-01-01T12:15:00Z' },
        spec: { username: 'system:node:a' },
        status: {},
      },
      {
        metadata: { name: 'csr-0', creationTimestamp: '2026-01-01T12:00:00Z' },
        spec: { username: 'system:node:a' },
      },
      {
        metadata: { name: 'csr-2' },
        spec: { username: 'system:node:b' },
        status: { conditions: [{ type: 'Approved' }] },
      },
    ],
  };
  it('have requests that nobody has decided on, of which the newest counts', async () => {
    const asked: { query?: unknown } = {};
    const send = async <T>({ query }: { query?: unknown }): Promise<T> => {
      asked.query = query;
      return JSON.parse(JSON.stringify(list));
    };
    const { probes } = probesOf({ send });
    await settled(() => probes.servingRequests() !== undefined);
    expect([...(probes.servingRequests() ?? [])]).to.deep.equal([['a', 'csr-1']]);
    expect(asked.query).to.include({ fieldSelector: 'spec.signerName=kubernetes.io/kubelet-serving' });
  });

  it('have requests on every page of a long list', async () => {
    const send = async <T>({ query }: { query?: { continue?: unknown } }): Promise<T> => {
      const [last, ...first] = list.items;
      const isFirst = query?.continue === undefined;
      const page = { metadata: { continue: isFirst ? 'more' : '' }, items: isFirst ? first : [last] };
      return JSON.parse(JSON.stringify(page));
    };
    const { probes } = probesOf({ send });
    await settled(() => probes.servingRequests() !== undefined);
    expect([...(probes.servingRequests() ?? [])]).to.deep.equal([['a', 'csr-1']]);
  });

  it('have none where the operator may not see them, and nothing else suffers', async () => {
    const { probes, told } = probesOf({ send: () => Promise.reject(new Refusal(403, '{}')) });
    probes.servingRequests();
    await sleep(20);
    expect(probes.servingRequests()).to.equal(undefined);
    expect(told.failures).to.equal(0);
  });
});
