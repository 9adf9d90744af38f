import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse, stringify } from 'yaml';
import { run } from '../../local-cluster/run.ts';
import { stateFolder } from '../cluster/state-folder.ts';
import { alertGroups } from '../monitoring.ts';
import { prometheusBinaries } from './prometheus.ts';

const tests = join(import.meta.dirname, 'alerts.promtool.yaml');

describe('the alerts, with the real promtool', function () {
  this.timeout(300_000);
  const folder = stateFolder('alerts');
  const promtool = async (...args: string[]) =>
    run([(await prometheusBinaries()).promtool, ...args], { cwd: folder });

  before(async () => {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'rules.yaml'), stringify({ groups: await alertGroups() }));
    await copyFile(tests, join(folder, 'tests.yaml'));
  });

  it('can be read by Prometheus', async () => {
    expect(await promtool('check', 'rules', 'rules.yaml')).to.include('7 rules found');
  });

  it('come when they should, and not before', async () => {
    expect(await promtool('test', 'rules', 'tests.yaml')).to.include('SUCCESS');
  });

  it('have a unit test each, in which they fire', async () => {
    const { tests: all }: { tests: { alert_rule_test?: { alertname: string; exp_alerts: object[] }[] }[] } =
      parse(await readFile(tests, 'utf8'));
    const fired = all.flatMap(({ alert_rule_test = [] }) =>
      alert_rule_test.filter(({ exp_alerts }) => exp_alerts.length > 0).map(({ alertname }) => alertname),
    );
    const named = (await alertGroups()).flatMap(({ rules }) => rules.map(({ alert }) => alert));
    expect([...new Set(fired)]).to.have.members(named);
  });
});
