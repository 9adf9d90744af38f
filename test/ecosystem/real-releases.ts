import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BinaryName, ensureBinaries, pathOf } from '../../local-cluster/binaries.ts';
import type { Family } from '../../local-cluster/go-build.ts';

export interface RealRelease {
  version: string;
  binary: BinaryName & Family;
}

/** One release of each line that runs without legacy rights, built from its sources. */
export const realReleases: RealRelease[] = [
  { version: '0.6.1', binary: 'metrics-server-0.6' },
  { version: '0.7.2', binary: 'metrics-server-0.7' },
  { version: '0.8.0', binary: 'metrics-server-0.8' },
  { version: '0.9.0', binary: 'metrics-server' },
];

/** Builds a release before the suite. The function that comes back names its program; call it in tests and hooks only. */
export function withBinary({ binary }: RealRelease): () => string {
  const built: { path?: string } = {};
  before(async function () {
    this.timeout(900_000); // the first run compiles
    built.path = pathOf(await ensureBinaries([binary], console.log), binary);
  });
  return () => {
    if (built.path === undefined) throw new Error(`${binary} has not been built`);
    return built.path;
  };
}

export interface Ending {
  code: unknown;
  output: string;
}

// A program that refuses its flags has ended after a fraction of a second.
const longestRefusalMs = 20_000;

/** Runs a program that is expected to end by itself, in a folder of its own: before it refuses, it may write a certificate there. */
export async function ending(program: string, args: string[]): Promise<Ending> {
  const cwd = await mkdtemp(join(tmpdir(), 'metrics-server-'));
  try {
    return await endingIn(cwd, program, args);
  } finally {
    await rm(cwd, { recursive: true });
  }
}

function endingIn(cwd: string, program: string, args: string[]): Promise<Ending> {
  const options = { cwd, timeout: longestRefusalMs, killSignal: 'SIGKILL' } as const;
  return new Promise((resolve) => {
    execFile(program, args, options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, output: `${stdout}${stderr}` });
    });
  });
}
