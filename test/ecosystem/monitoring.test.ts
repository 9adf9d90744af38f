import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { parseAllDocuments, stringify } from 'yaml';
import { startControlPlane } from '../../local-cluster/control-plane.ts';
import type { LocalCluster } from '../../local-cluster/local-cluster.ts';
import {
  installOperator,
  type OperatorProcess,
  operatorKubeconfig,
  startOperator,
} from '../../local-cluster/operator.ts';
import { freePort } from '../../local-cluster/ports.ts';
import { makeAuthority, makeServing } from '../../src/platform/x509.ts';
import { eventually } from '../cluster/eventually.ts';
import { applyYaml, configYaml, expectCondition } from '../cluster/objects.ts';
import { stateFolder } from '../cluster/state-folder.ts';
import { alertGroups } from '../monitoring.ts';
import { prometheusBinaries } from './prometheus.ts';

const root = join(import.meta.dirname, '../..');

interface Panel {
  title: string;
  targets: { expr: string }[];
}

interface Answer {
  status: string;
  error?: string;
  data: { result: { metric: Record<string, string>; value: [number, string] }[] };
}

describe('the real Prometheus, as config/monitoring has it', function () {
  this.timeout(240_000);
  let cluster: LocalCluster;
  let operator: OperatorProcess;
  let prometheus: ChildProcess;
  const ports = { metrics: 0, prometheus: 0 };
  const file = (name: string) => join(cluster.state, name);

  before(async function () {
    this.timeout(900_000); // the first run builds the API server
    cluster = await startControlPlane({ state: stateFolder('monitoring'), say: console.log });
    await installOperator(cluster);
    Object.assign(ports, { metrics: await freePort(), prometheus: await freePort() });
    const { endpoints } = await serviceMonitor();
    const { serverName } = endpoints[0].tlsConfig;
    const authority = await makeAuthority('some CA', 10, new Date());
    const { certificate, key } = await makeServing(authority, [serverName], 10, new Date());
    await mkdir(file('tls'), { recursive: true });
    await writeFile(file('tls/tls.crt'), certificate);
    await writeFile(file('tls/tls.key'), key);
    await writeFile(file('ca.crt'), authority.certificate);
    operator = startOperator(await operatorKubeconfig(cluster), file('operator.log'), {
      METRICS_ADDRESS: `127.0.0.1:${ports.metrics}`,
      METRICS_CERTIFICATE: file('tls'),
    });
    await writeFile(file('rules.yaml'), stringify({ groups: await alertGroups() }));
    const scrape = {
      job_name: 'operator',
      scheme: endpoints[0].scheme,
      tls_config: { ca_file: 'ca.crt', server_name: serverName },
      static_configs: [{ targets: [`127.0.0.1:${ports.metrics}`] }],
    };
    const global = { scrape_interval: '1s', evaluation_interval: '1s' };
    await writeFile(
      file('prometheus.yaml'),
      stringify({ global, rule_files: ['rules.yaml'], scrape_configs: [scrape] }),
    );
    await rm(file('tsdb'), { recursive: true, force: true });
    prometheus = spawn(
      (await prometheusBinaries()).prometheus,
      [
        '--config.file=prometheus.yaml',
        '--storage.tsdb.path=tsdb',
        `--web.listen-address=127.0.0.1:${ports.prometheus}`,
      ],
      { cwd: cluster.state, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const log = createWriteStream(file('prometheus.log'));
    prometheus.stdout?.pipe(log);
    prometheus.stderr?.pipe(log);
  });
  after(async () => {
    if (prometheus?.exitCode === null) {
      prometheus.kill('SIGTERM');
      await once(prometheus, 'exit');
    }
    await operator?.end();
    await cluster?.down();
  });

  /** As kustomize makes it. */
  const serviceMonitor = async () => {
    const yaml = await cluster.kubectl(['kustomize', join(root, 'config/monitoring')]);
    const all = parseAllDocuments(yaml).map((document) => document.toJS());
    return all.find(({ kind }) => kind === 'ServiceMonitor').spec;
  };
  const ask = async (expr: string) => {
    const url = new URL(`http://127.0.0.1:${ports.prometheus}/api/v1/query`);
    url.searchParams.set('query', expr);
    const answer: Answer = JSON.parse(await (await fetch(url)).text());
    expect(answer.status, `${expr}: ${answer.error}`).to.equal('success');
    return answer.data.result;
  };

  it('gets the metrics, and verifies whom it asks', async () => {
    await applyYaml(cluster, configYaml());
    await eventually(() => expectCondition(cluster, 'Applied', { status: 'True' }), 60_000);
    await eventually(async () => {
      const [up] = await ask('up{job="operator"}');
      expect(up?.value[1]).to.equal('1');
    }, 60_000);
  });

  // There are no nodes here, so nothing is said of them; and watches need not fail.
  const mayBeEmpty = ['Nodes scraped', 'Nodes', 'Watches that had to begin anew'];

  it('has something to show in each panel of the dashboard', async () => {
    const { panels }: { panels: Panel[] } = JSON.parse(
      await readFile(join(root, 'config/monitoring/dashboard.json'), 'utf8'),
    );
    const asked = panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ title, expr })));
    await eventually(async () => {
      const shown = await Promise.all(
        asked.map(async ({ title, expr }) => {
          const query = expr.replaceAll('$config', '.*').replaceAll('$__rate_interval', '1m');
          const result = await ask(query);
          const isNumber = result.some(({ value }) => value[1] !== 'NaN');
          return { title, rows: isNumber ? result.length : 0 };
        }),
      );
      const nothing = shown.filter(({ rows }) => rows === 0).map(({ title }) => title);
      expect(mayBeEmpty).to.include.members(nothing);
    }, 60_000);
  });

  it('sees the operator end as an alert to come', async () => {
    await operator.end();
    await eventually(async () => {
      const pending = await ask('ALERTS{alertname="MetricsServerOperatorAbsent"}');
      expect(pending.map(({ metric }) => metric['alertstate'])).to.deep.equal(['pending']);
    }, 60_000);
  });
});
