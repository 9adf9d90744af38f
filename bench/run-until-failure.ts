import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Left, usedRightsFolder } from '../local-cluster/used-rights.ts';
import { leftIn } from '../test/granted-rights.ts';

const root = join(import.meta.dirname, '..');
const mocha = join(root, 'node_modules/mocha/bin/mocha.js');
// A cluster has the machine for itself here, and most runs are there to wait in vain.
const patience = '0.5';

export interface Run {
  /** The first test that failed. */
  failure?: { title: string; message: string };
  left: Left[];
}

/** Runs one cluster suite with what a folder grants instead of config/rbac, until its first test fails. */
export async function runUntilFailure(suite: string, rights: string): Promise<Run> {
  const folder = await mkdtemp(join(tmpdir(), 'first-failure-'));
  const [report, left] = [join(folder, 'report.json'), join(folder, 'left')];
  await mkdir(left);
  const args = ['--bail', '--reporter=json', `--reporter-option=output=${report}`];
  const settings = { OPERATOR_RIGHTS: rights, TEST_PATIENCE: patience, [usedRightsFolder]: left };
  const child = spawn(process.execPath, [mocha, ...args, `test/cluster/${suite}.test.ts`], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...settings },
  });
  const [code] = await once(child, 'exit');
  const { failures }: { failures: { title: string; err: { message: string } }[] } = JSON.parse(
    await readFile(report, 'utf8'),
  );
  const run = { left: await leftIn(left) };
  await rm(folder, { recursive: true });
  const [first] = failures;
  if (first === undefined && code !== 0) throw new Error(`mocha ended with ${code}, and no test had failed`);
  const [message = ''] = first?.err.message.split('\n') ?? [];
  return first === undefined ? run : { ...run, failure: { title: first.title, message } };
}
