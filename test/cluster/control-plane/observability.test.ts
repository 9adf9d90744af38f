import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { expect } from 'chai';
import { requests } from '../../../local-cluster/audit.ts';
import { startControlPlane } from '../../../local-cluster/control-plane.ts';
import { startApiServer, stopApiServer } from '../../../local-cluster/faults.ts';
import type { LocalCluster } from '../../../local-cluster/local-cluster.ts';
import {
  installCrd,
  installOperator,
  type OperatorProcess,
  operatorKubeconfig,
  operatorUser,
  startOperator,
} from '../../../local-cluster/operator.ts';
import { freePort } from '../../../local-cluster/ports.ts';
import { metrics as table } from '../../../src/controllers/metrics.ts';
import { type KeyPair, makeAuthority, makeServing } from '../../../src/platform/x509.ts';
import { eventually } from '../eventually.ts';
import { applyYaml, configYaml, expectCondition } from '../objects.ts';
import { stateFolder } from '../state-folder.ts';

const daySeconds = 24 * 60 * 60;
const host = 'metrics-server-operator.metrics-server-operator.svc';

describe('what the operator shows of itself', function () {
  this.timeout(120_000);
  let cluster: LocalCluster;
  let operator: OperatorProcess;
  let authority: KeyPair;
  const ports = { metrics: 0, probes: 0 };

  before(async function () {
    this.timeout(900_000); // the first run builds the API server
    cluster = await startControlPlane({ state: stateFolder('observability'), say: console.log });
    await installOperator(cluster);
    authority = await makeAuthority('some CA', 10, new Date());
    await mkdir(certificateFolder(), { recursive: true });
    await rotate();
    Object.assign(ports, { metrics: await freePort(), probes: await freePort() });
  });
  after(async () => {
    await operator?.end();
    await cluster?.down();
  });

  const certificateFolder = () => join(cluster.state, 'metrics-certificate');
  const rotate = async () => {
    const { certificate, key } = await makeServing(authority, [host], 10, new Date());
    await writeFile(join(certificateFolder(), 'tls.crt'), certificate);
    await writeFile(join(certificateFolder(), 'tls.key'), key);
  };
  const start = async () =>
    startOperator(await operatorKubeconfig(cluster), join(cluster.state, 'operator.log'), {
      METRICS_ADDRESS: `127.0.0.1:${ports.metrics}`,
      METRICS_CERTIFICATE: certificateFolder(),
      PROBE_ADDRESS: `127.0.0.1:${ports.probes}`,
    });
  const probe = async (path: 'livez' | 'readyz') => {
    const response = await fetch(`http://127.0.0.1:${ports.probes}/${path}`);
    return { code: response.status, body: await response.text() };
  };
  /** As Prometheus asks: the certificate is verified, for the name of the Service. */
  const scrape = async () => {
    const asked = request({
      host: '127.0.0.1',
      port: ports.metrics,
      path: '/metrics',
      ca: authority.certificate,
      servername: host,
      agent: false,
    });
    asked.end();
    const [response] = await once(asked, 'response');
    const { socket } = response;
    if (!(socket instanceof TLSSocket)) throw new Error('that is not HTTPS');
    const { fingerprint256 } = socket.getPeerCertificate();
    const text: string = (await response.setEncoding('utf8').toArray()).join('');
    return { text, fingerprint256 };
  };
  const values = async () => {
    const lines = (await scrape()).text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return new Map(
      lines.map((line) => {
        const space = line.lastIndexOf(' ');
        const name = line.slice('metrics_server_operator_'.length, space);
        return [name, Number(line.slice(space + 1))];
      }),
    );
  };

  it('is not ready while it may not see the nodes, says so, and is ready once it may', async () => {
    const role = ['clusterrole', 'metrics-server-operator'];
    const rules = JSON.parse(await cluster.kubectl(['get', ...role, '-o', 'json'])).rules;
    const grant = (granted: object[]) =>
      cluster.kubectl(['patch', ...role, '--type=merge', '-p', JSON.stringify({ rules: granted })]);
    await grant(rules.filter(({ resources }: { resources: string[] }) => !resources.includes('nodes')));
    operator = await start();
    await eventually(
      async () =>
        expect((await probe('readyz')).body).to.include('list of /api/v1/nodes: nodes is forbidden'),
      30_000,
    );
    expect(await probe('readyz')).to.include({ code: 503 });
    expect(await probe('livez')).to.include({ code: 200 });
    await grant(rules);
    await eventually(async () => expect(await probe('readyz')).to.include({ code: 200 }), 60_000);
  });

  it('has metrics of what it has done, each of which is in the table, over verified HTTPS', async () => {
    await applyYaml(cluster, configYaml());
    await eventually(() => expectCondition(cluster, 'Applied', { status: 'True' }), 40_000);
    const found = await eventually(async () => {
      const all = await values();
      const key = 'config_condition{config="metrics-server",type="Applied",status="True",reason="Applied"}';
      expect(all.get(key)).to.equal(1);
      expect(
        all.get('certificate_not_after_timestamp_seconds{config="metrics-server",certificate="serving"}'),
      ).to.be.within(Date.now() / 1000 + 364 * daySeconds, Date.now() / 1000 + 366 * daySeconds);
      return all;
    }, 20_000);
    const at = (name: string) => found.get(name) ?? 0;
    expect(
      at('certificate_not_after_timestamp_seconds{config="metrics-server",certificate="ca"}'),
    ).to.be.greaterThan(Date.now() / 1000 + 3000 * daySeconds);
    expect(at('writes_total{kind="Deployment",how="created"}')).to.equal(1);
    expect(at('writes_total{kind="Secret",how="created"}')).to.be.at.least(2);
    expect(at('reconciles_total{result="done"}')).to.be.at.least(1);
    expect(at('reconcile_duration_seconds_count')).to.be.at.least(at('reconciles_total{result="done"}'));
    expect(at('watches{kind="Node",state="synced"}')).to.equal(1);
    expect(at('watch_restarts_total{kind="Node",reason="forbidden"}')).to.be.at.least(1);
    expect(at('leader')).to.equal(1);
    const { text } = await scrape();
    expect([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name)).to.have.members(
      table.map(({ name }) => name),
    );
  });

  it('counts its requests as the API server does', async () => {
    await eventually(async () => {
      const audited: Record<string, number> = {};
      for (const { verb, code } of await requests(cluster.auditLog, { user: operatorUser })) {
        const name = `api_requests_total{verb="${verb}",code="${code}"}`;
        audited[name] = (audited[name] ?? 0) + 1;
      }
      const counted = [...(await values())].filter(([name]) => name.startsWith('api_requests_total'));
      expect(Object.keys(audited).length).to.be.greaterThan(5);
      expect(Object.fromEntries(counted)).to.deep.equal(audited);
    }, 30_000);
  });

  it('shows another certificate once the files have one', async () => {
    const before = (await scrape()).fingerprint256;
    await rotate();
    await eventually(async () => expect((await scrape()).fingerprint256).not.to.equal(before), 30_000);
  });

  it('stays alive and ready while the API server is away, and counts what was not answered', async () => {
    await stopApiServer(cluster);
    await eventually(async () => {
      const all = [...(await values()).keys()];
      expect(all.filter((name) => name.includes('code="none"'))).not.to.deep.equal([]);
      expect(all.filter((name) => /^watches.*trouble/.test(name))).not.to.deep.equal([]);
    }, 30_000);
    expect(await probe('livez')).to.include({ code: 200 });
    expect(await probe('readyz')).to.include({ code: 200 });
    await startApiServer(cluster);
    await eventually(async () => {
      const lines = [...(await values()).keys()];
      expect(lines.filter((name) => /^watches.*trouble/.test(name))).to.deep.equal([]);
    }, 30_000);
  });

  it('is not ready without the CRD, says so, and is again when it is back', async () => {
    await cluster.kubectl(['delete', 'crd', 'metricsserverconfigs.metrics-server.io']);
    await eventually(async () => {
      const { code, body } = await probe('readyz');
      expect(body).to.match(/metricsserverconfigs: .*CustomResourceDefinition .* is missing/);
      expect(code).to.equal(503);
    }, 60_000);
    await installCrd(cluster);
    await eventually(async () => expect(await probe('readyz')).to.include({ code: 200 }), 90_000);
  });

  it('ends at once on SIGTERM, also with a scraper that keeps its connection', async () => {
    await probe('livez'); // fetch keeps its own
    const since = Date.now();
    expect(await operator.end()).to.equal(0);
    expect(Date.now() - since).to.be.lessThan(10_000);
  });
});
