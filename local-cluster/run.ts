import { execFile } from 'node:child_process';
import { delimiter } from 'node:path';

export type RunOptions = { input?: string; timeoutMs?: number; cwd?: string; env?: Record<string, string> };

const largestOutput = 256 * 1024 * 1024;

/** Debian leaves the folders of ip, iptables and runc out of an ordinary user's PATH. */
export function searchPath(): string[] {
  return [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];
}

export function environment(extra: Record<string, string> = {}): NodeJS.ProcessEnv {
  return { ...process.env, PATH: searchPath().join(delimiter), ...extra };
}

/** Whether a command ends with exit code 0. */
export function succeeds(command: string[]): Promise<boolean> {
  return run(command).then(
    () => true,
    () => false,
  );
}

/** Runs a command to its end and returns what it wrote to stdout; throws with its stderr when it fails. */
export function run(command: string[], options: RunOptions = {}): Promise<string> {
  const [file = '', ...args] = command;
  return new Promise((resolve, reject) => {
    const child = execFile(
      file,
      args,
      {
        maxBuffer: largestOutput,
        timeout: options.timeoutMs ?? 0,
        killSignal: 'SIGKILL',
        cwd: options.cwd,
        env: environment(options.env),
      },
      (error, stdout, stderr) => {
        if (error === null) return resolve(stdout);
        const limit = options.timeoutMs === undefined ? '' : ` (limit ${options.timeoutMs} ms)`;
        const why = error.killed ? `it was stopped${limit}` : stderr.trim() || stdout.trim() || error.message;
        reject(new Error(`${command.join(' ').slice(0, 200)}: ${why}`, { cause: error }));
      },
    );
    // A command may end before it has read its input; the exit code above says what matters.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.input);
  });
}
