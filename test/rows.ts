import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { stripVTControlCharacters } from 'node:util';

const mocha = join(import.meta.dirname, '../node_modules/mocha/bin/mocha.js');
const closingLine = /^(\d+) passed, (\d+) failed$/; // see reporter.ts

export interface Counts {
  passed: number;
  failed: number;
}

export interface Results extends Counts {
  /** What mocha says of failures at its end, line by line. */
  complaints: string[];
}

type Print = (line: string) => void;

/** Runs files in one mocha, and tells line by line what it says. One that ends before it has counted, or badly after that, has failed. */
export async function runMocha(args: string[], print: Print, signal?: AbortSignal): Promise<Results> {
  const child = spawn(process.execPath, [mocha, ...args], { stdio: ['ignore', 'pipe', 'pipe'], signal });
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, killedBy) => resolve(`exit code ${code ?? killedBy}`));
  });
  createInterface({ input: child.stderr }).on('line', print);
  const found: { counts?: Counts } = {};
  const told: string[] = [];
  const tell = (line: string) => {
    told.push(line);
    print(line);
  };
  for await (const line of createInterface({ input: child.stdout })) {
    const [, passed, failed] = closingLine.exec(line) ?? [];
    if (passed === undefined) tell(line);
    else found.counts = { passed: Number(passed), failed: Number(failed) };
  }
  const how = await ended;
  const { passed, failed } = found.counts ?? { passed: 0, failed: 0 };
  const isAsCounted = found.counts !== undefined && (failed > 0 || how === 'exit code 0');
  if (!isAsCounted) tell(`  mocha ended otherwise than its tests: ${how}`);
  return { passed, failed: failed + (isAsCounted ? 0 : 1), complaints: complaintsIn(told) };
}

function complaintsIn(told: string[]): string[] {
  const begin = told.findIndex((line) => /^\s*\d+ failing$/.test(stripVTControlCharacters(line)));
  return begin === -1 ? told.slice(-1) : told.slice(begin);
}

export interface Turn {
  print: Print;
  end(): void;
}

/** Lets several speak at once and prints them one after the other: each from when those who began before it have ended. */
export function turns(print: Print): () => Turn {
  const all: { held: string[]; ended: boolean }[] = [];
  const printWhatMay = () => {
    for (const one of all) {
      for (const line of one.held.splice(0)) print(line);
      if (!one.ended) return;
    }
  };
  return () => {
    const held: string[] = [];
    const one = { held, ended: false };
    all.push(one);
    return {
      print: (line) => {
        one.held.push(line);
        printWhatMay();
      },
      end: () => {
        one.ended = true;
        printWhatMay();
      },
    };
  };
}

/** Takes from both ends of a list until they meet: one at a time from the front, two from the back. */
export async function fromBothEnds<T, R>(list: T[], run: (one: T) => Promise<R>): Promise<R[]> {
  const left = [...list];
  const results: R[] = [];
  const row = async (take: () => T | undefined) => {
    for (let one = take(); one !== undefined; one = take()) results.push(await run(one));
  };
  await Promise.all([row(() => left.shift()), row(() => left.pop()), row(() => left.pop())]);
  return results;
}
