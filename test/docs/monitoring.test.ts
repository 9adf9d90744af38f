import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { metrics } from '../../src/controllers/metrics.ts';
import { conditionTypes } from '../../src/crds/findings.ts';
import { type Alert, alertGroups } from '../monitoring.ts';

const root = join(import.meta.dirname, '../..');

interface Used {
  where: string;
  expr: string;
}

/** Queries of the dashboard, each with the title of its panel. */
async function queries(): Promise<Used[]> {
  const { panels }: { panels: { title: string; targets: { expr: string }[] }[] } = JSON.parse(
    await readFile(join(root, 'config/monitoring/dashboard.json'), 'utf8'),
  );
  return panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ where: title, expr })));
}

async function alerts(): Promise<Alert[]> {
  return (await alertGroups()).flatMap(({ rules }) => rules);
}

const known = new Map(
  metrics.flatMap((metric): [string, string[]][] => {
    const labels = Object.keys(metric.labels);
    if (metric.type !== 'histogram') return [[metric.name, labels]];
    const { name } = metric;
    return [
      [`${name}_bucket`, [...labels, 'le']],
      [`${name}_sum`, labels],
      [`${name}_count`, labels],
    ];
  }),
);

describe('alerts and dashboard', () => {
  const used = async (): Promise<Used[]> => [
    ...(await alerts()).map(({ alert, expr }) => ({ where: alert, expr })),
    ...(await queries()),
  ];

  it('ask for metrics that exist, by labels that they have', async () => {
    const all = await used();
    expect(all.length).to.be.greaterThan(15);
    const wrong = all.flatMap(({ where, expr }) =>
      [...expr.matchAll(/(metrics_server_operator_\w+)(?:\{([^}]*)\})?/g)].flatMap(
        ([, name = '', selector = '']) => {
          const labels = known.get(name);
          if (labels === undefined) return [`${where}: there is no ${name}`];
          const asked = [...selector.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = '']) => label);
          return asked
            .filter((label) => !labels.includes(label))
            .map((label) => `${where}: ${name} has no label ${label}`);
        },
      ),
    );
    expect(wrong).to.deep.equal([]);
  });

  it('group by labels that one of their metrics has', async () => {
    const wrong = (await used()).flatMap(({ where, expr }) => {
      const names = [...expr.matchAll(/metrics_server_operator_\w+/g)].map(([name]) => name);
      const labels = [...names.flatMap((name) => known.get(name) ?? []), 'instance'];
      const groups = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(/,\s*/));
      return groups.filter((label) => !labels.includes(label)).map((label) => `${where}: ${label}`);
    });
    expect(wrong).to.deep.equal([]);
  });

  it('ask for conditions that there are', async () => {
    const asked = (await used()).flatMap(({ expr }) =>
      [...expr.matchAll(/type="(\w+)"/g)].map(([, type]) => type),
    );
    expect(asked.length).to.be.greaterThan(2);
    expect(asked.filter((type) => !conditionTypes.some((one) => one === type))).to.deep.equal([]);
  });

  it('show every metric somewhere', async () => {
    const text = (await used()).map(({ expr }) => expr).join();
    expect(metrics.map(({ name }) => name).filter((name) => !text.includes(name))).to.deep.equal([]);
  });
});

describe('each alert', () => {
  it('has a runbook of its own, which begins with diagnose or has it as its first step', async () => {
    const text = await readFile(join(root, 'docs/runbooks.md'), 'utf8');
    const sections = new Map(
      text
        .split(/^## /m)
        .slice(1)
        .map((section) => [section.split('\n')[0], section]),
    );
    for (const { alert, annotations } of await alerts()) {
      expect(annotations.runbook_url).to.match(
        new RegExp(`^https://github\\.com/.+/docs/runbooks\\.md#${alert.toLowerCase()}$`),
      );
      expect(sections.get(alert), alert)
        .to.be.a('string')
        .and.match(/^1\. `metrics-server-operator diagnose/m);
    }
    expect(sections.size).to.equal((await alerts()).length);
  });

  it('waits, says how grave it is, what it is about and in which config', async () => {
    for (const { alert, labels, annotations, for: waits, expr } of await alerts()) {
      expect(waits, alert).to.match(/^\d+m$/);
      expect(['critical', 'warning'], alert).to.include(labels.severity);
      expect(annotations.summary, alert).to.match(/\.$/);
      if (/by \(config/.test(expr)) expect(annotations.description, alert).to.include('{{ $labels.config }}');
    }
  });
});

describe('the ServiceMonitor', () => {
  it('verifies whom it asks', async () => {
    const file = join(root, 'config/monitoring/service-monitor.yaml');
    const [endpoint] = parse(await readFile(file, 'utf8')).spec.endpoints;
    expect(endpoint).to.include({ scheme: 'https', port: 'metrics' });
    expect(endpoint.tlsConfig.ca.secret).to.have.keys('name', 'key');
    expect(endpoint.tlsConfig).not.to.have.property('insecureSkipVerify');
  });
});
