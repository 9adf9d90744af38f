import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Layout } from './layout.ts';
import { sleep } from './progress.ts';
import { searchPath } from './run.ts';

/** A process that runs until the cluster ends. `record` is the file that remembers it. */
export type Component = { name: string; pid: number; log: string; record: string };

export type StartOptions = {
  /** The kernel kills it when this Node process ends, however that happens. */
  diesWithParent: boolean;
  cwd?: string;
};

type Stat = { pid: number; state: string; startTicks: string };

const shownLogLines = 15;

// The process writes down its own pid and start time and then becomes the command: there is no
// moment at which it runs unrecorded, and exec changes neither of the two.
const recordAndBecome = 'read -r line </proc/$$/stat && echo "$line" >"$0" && exec "$@"';

/** Starts a component in its own session, with its log in `<state>/logs/NAME.log`. */
export async function startComponent(
  paths: Layout,
  { name, command }: { name: string; command: string[] },
  options: StartOptions,
): Promise<Component> {
  mkdirSync(paths.logs, { recursive: true });
  mkdirSync(paths.processes, { recursive: true });
  const log = join(paths.logs, `${name}.log`);
  const record = join(paths.processes, name);
  const leash = options.diesWithParent ? ['setpriv', '--pdeathsig', 'KILL', '--'] : [];
  const [file = '', ...args] = [...leash, 'sh', '-c', recordAndBecome, record, ...command];
  const output = openSync(log, 'a');
  const child = spawn(file, args, {
    cwd: options.cwd,
    detached: true,
    // Nothing of the user's own environment: proxies, or variables that etcd takes for settings.
    env: { PATH: searchPath().join(delimiter), HOME: homedir() },
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  const failed = new Promise<Error>((resolve) => child.once('error', resolve));
  child.unref();
  if (child.pid === undefined) throw new Error(`start ${name}`, { cause: await failed });
  const component = { name, pid: child.pid, log, record };
  await untilRecorded(component);
  return component;
}

async function untilRecorded({ pid, record }: Component): Promise<void> {
  while ((await recordedProcess(record))?.pid !== pid && (await processStat(pid)) !== undefined) {
    await sleep(2);
  }
}

/** Remembers this very process, for example as the one that is starting a cluster. */
export async function ownStat(): Promise<string> {
  return await readFile('/proc/self/stat', 'utf8');
}

/** What a record file says, or undefined when there is none. */
export async function recordedProcess(record: string): Promise<Stat | undefined> {
  return parseStat(await readFile(record, 'utf8').catch(() => ''));
}

/** The recorded process, if it still runs. A reused pid has another start time and does not count. */
export async function liveProcess(record: string): Promise<number | undefined> {
  const recorded = await recordedProcess(record);
  if (recorded === undefined) return undefined;
  const now = await processStat(recorded.pid);
  return now?.startTicks === recorded.startTicks ? now.pid : undefined;
}

/** All record files of a cluster, with the process id where the process still runs. */
export async function liveRecords(paths: Layout): Promise<{ name: string; pid: number }[]> {
  const names = await readdir(paths.processes).catch(() => []);
  const found = await Promise.all(
    names.map(async (name) => ({ name, pid: await liveProcess(join(paths.processes, name)) })),
  );
  return found.flatMap(({ name, pid }) => (pid === undefined ? [] : [{ name, pid }]));
}

/** Whether everything that was started still runs. */
export async function isWhole(paths: Layout): Promise<boolean> {
  const names = await readdir(paths.processes).catch(() => []);
  return names.length > 0 && (await liveRecords(paths)).length === names.length;
}

export async function forgetRecords(paths: Layout, fits: (name: string) => boolean): Promise<void> {
  const names = (await readdir(paths.processes).catch(() => [])).filter(fits);
  await Promise.all(names.map((name) => rm(join(paths.processes, name), { force: true })));
}

async function processStat(pid: number): Promise<Stat | undefined> {
  const stat = parseStat(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''));
  return stat?.state === 'Z' || stat?.state === 'X' ? undefined : stat;
}

/** proc(5): the command's name, second field, stands in parentheses and may itself contain spaces and `)`. */
function parseStat(line: string): Stat | undefined {
  const pid = Number.parseInt(line, 10);
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const [state, startTicks] = [fields[0], fields[19]];
  if (Number.isNaN(pid) || state === undefined || startTicks === undefined) return undefined;
  return { pid, state, startTicks };
}

/** Waits until `holds`; fails at once, with the log, when a component that is needed for it has ended. */
export async function waitUntil(
  what: string,
  holds: () => Promise<boolean>,
  { needs, seconds = 60 }: { needs: Component[]; seconds?: number },
): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  while (!(await holds())) {
    for (const component of needs) {
      if ((await liveProcess(component.record)) === undefined) {
        throw new Error(
          `${component.name} has ended while waiting until ${what}. ${await logTail(component)}`,
        );
      }
    }
    if (performance.now() > deadline) {
      const last = needs.at(-1);
      const tail = last === undefined ? '' : ` ${await logTail(last)}`;
      throw new Error(`Gave up after ${seconds} s of waiting until ${what}.${tail}`);
    }
    await sleep(50);
  }
}

export async function logTail({ name, log }: { name: string; log: string }): Promise<string> {
  const lines = (await readFile(log, 'utf8').catch(() => '')).trimEnd().split('\n').slice(-shownLogLines);
  return `The last lines of ${name}'s log, ${log}:\n${lines.map((line) => `  ${line.slice(0, 400)}`).join('\n')}`;
}
