import type { V1Pod } from '@kubernetes/client-node';
import { expect } from 'chai';
import { podWarning, scrapeLog } from '../../src/controllers/questions.ts';
import type { ApiRequest } from '../../src/platform/connection.ts';

const lacking =
  'I0511 21:57:06.607078       1 storage.go:108] "Metric storage is not ready, pod metrics are missing, this may indicate a container-runtime or kubelet issue" nodeMetrics=true podMetrics=false\n';
const failing = 'E0511 21:57:06.607078       1 scraper.go:140] "Failed to scrape node" err="EOF" node="a"\n';

function pod(isReady: boolean): V1Pod {
  const container = { name: 'metrics-server', image: '', imageID: '', ready: isReady, restartCount: 0 };
  return {
    metadata: { name: 'p', namespace: 'kube-system' },
    spec: { containers: [{ name: 'metrics-server' }] },
    status: { containerStatuses: [container] },
  };
}

/** Of a pod that has begun with one text and ends with the other. */
async function read(isReady: boolean, { begins, ends }: { begins: string; ends: string }) {
  const queries: object[] = [];
  const text = ({ query = {} }: ApiRequest) => {
    queries.push(query);
    return Promise.resolve('sinceSeconds' in query ? ends : begins);
  };
  const send = () => Promise.reject(new Error('only the log is read'));
  return {
    log: await scrapeLog({ text, send, now: () => new Date() }, pod(isReady), '15s'),
    asked: queries.length,
  };
}

describe('the log of a pod', () => {
  it('is read from its begin, too, where it does not become ready and says no more why', async () => {
    const { log } = await read(false, { begins: lacking, ends: '' });
    expect(log).to.include({ is: 'read', lacksPods: true, isCut: false, pod: 'p' });
  });
  it('is read once where its end says why, or the pod is ready', async () => {
    expect((await read(false, { begins: lacking, ends: failing })).asked).to.equal(1);
    expect((await read(true, { begins: lacking, ends: '' })).asked).to.equal(1);
  });
});

describe('the warning about a pod that is not created', () => {
  const event = (reason: string, secondsAgo: number) => ({
    metadata: {},
    involvedObject: {},
    reason,
    message: `about ${reason}`,
    lastTimestamp: new Date(Date.now() - secondsAgo * 1000).toISOString(),
  });
  const told = async (...items: object[]) => {
    const text = () => Promise.reject(new Error('only Events are read'));
    const send = async () => JSON.parse(JSON.stringify({ items }));
    return (await podWarning({ text, send, now: () => new Date() }, pod(false)))?.reason;
  };
  it('is the last one that says what it waits for, not what is said of every pod', async () => {
    const every = ['MissingClusterDNS', 'DNSConfigForming', 'Unhealthy'].map((reason) => event(reason, 1));
    expect(await told(...every)).to.equal(undefined);
    expect(await told(...every, event('FailedMount', 60))).to.equal('FailedMount');
    expect(await told(event('FailedMount', 60), event('FailedCreatePodSandBox', 5))).to.equal(
      'FailedCreatePodSandBox',
    );
  });
});
