import { accessSync, constants, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Say } from './progress.ts';
import { run, searchPath } from './run.ts';

/** A Debian package and what shows that it is there: a command, or a file where the cluster expects it. */
type Prerequisite = { package: string; isThere: () => boolean };

const openssl = command('openssl', 'openssl');
const forNodes: Prerequisite[] = [
  openssl,
  command('containerd', 'containerd', 'containerd-shim-runc-v2'),
  command('runc', 'runc'),
  { package: 'containernetworking-plugins', isThere: () => isExecutable('/usr/lib/cni/bridge') },
  command('iptables', 'iptables'),
  command('socat', 'socat'),
  command('iproute2', 'ip'),
  command('util-linux', 'unshare', 'nsenter', 'setpriv'),
  command('tar', 'tar'),
  { package: 'busybox-static', isThere: () => isStatic('/bin/busybox') },
];
const all = {
  'control-plane': [openssl, command('util-linux', 'setpriv')],
  nodes: forNodes,
  'argo-cd': [command('git', 'git'), command('redis-server', 'redis-server')], // beside a cluster with nodes
};

type Shape = keyof typeof all;

/** Checks what a shape needs besides Go. As root on Debian it installs what is missing. */
export async function ensurePrerequisites(shape: Shape, say: Say): Promise<void> {
  if (shape === 'nodes' && process.getuid?.() !== 0) {
    throw new Error(
      'A cluster with nodes needs root, for its namespaces, mounts and cgroups: run it with sudo.',
    );
  }
  const wanted = all[shape];
  const missing = missingOf(wanted);
  if (missing.length === 0) return;
  const install = `apt-get install --yes --no-install-recommends ${missing.join(' ')}`;
  if (process.getuid?.() !== 0 || !isCommand('apt-get')) {
    throw new Error(`Missing: ${missing.join(', ')}. Install with: sudo ${install}`);
  }
  say(`installing ${missing.join(', ')} (${install})`);
  await aptInstall(install.split(' '));
  const still = missingOf(wanted);
  if (still.length > 0)
    throw new Error(`Still missing after installing: ${still.join(', ')}. Tried: ${install}`);
}

/** The package lists of a fresh machine are empty or old, so a failure is followed by an update. */
async function aptInstall(install: string[]): Promise<void> {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  try {
    await run(install, { env });
  } catch {
    await run(['apt-get', 'update'], { env });
    await run(install, { env });
  }
}

function missingOf(wanted: Prerequisite[]): string[] {
  return wanted.filter(({ isThere }) => !isThere()).map((prerequisite) => prerequisite.package);
}

function command(name: string, ...commands: string[]): Prerequisite {
  return { package: name, isThere: () => commands.every(isCommand) };
}

function isCommand(name: string): boolean {
  return searchPath().some((folder) => isExecutable(join(folder, name)));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Whether an ELF file of 64 bits runs without a dynamic linker: it has no program header PT_INTERP (3). */
function isStatic(file: string): boolean {
  if (!isExecutable(file)) return false;
  const elf = readFileSync(file);
  const [start, size, count] = [Number(elf.readBigUInt64LE(32)), elf.readUInt16LE(54), elf.readUInt16LE(56)];
  return !Array.from({ length: count }).some((_, index) => elf.readUInt32LE(start + index * size) === 3);
}
