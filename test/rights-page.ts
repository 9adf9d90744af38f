import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { reasons } from './granted-rights.ts';

const page = join(import.meta.dirname, '../docs/rights.md');

/** Which test fails where a right is missing. */
export interface Proof {
  suite: string;
  test: string;
}

const line = /^\| `(?<right>[^`]+)` \| (?<test>.+) \| \[(?<suite>[^\]]+)\]\([^)]+\) \|$/;

/** What docs/rights.md says, by right. */
export async function proven(): Promise<Map<string, Proof>> {
  const text = await readFile(page, 'utf8').catch(() => '');
  return new Map(
    text.split('\n').flatMap((one) => {
      const { right, test, suite } = line.exec(one)?.groups ?? {};
      return right === undefined ? [] : [[right, { suite: suite ?? '', test: test ?? '' }] as const];
    }),
  );
}

const head = `# What each right is good for

Written by \`npm run bench -- rights\`: of all that [config/rbac](../config/rbac) grants, each right was taken away in turn, a cluster suite was run without it, and a test
failed: this one, in which the operator was refused what it lacked. Where a file of config/rbac is not named, the right is in \`cluster-role.yaml\`, \`role.yaml\` or \`events.yaml\`. [security.md](security.md) says what follows from the rights.

| Right | Without it this test fails | In |
|---|---|---|
`;

export async function writeProofs(found: Map<string, Proof>, granted: string[]): Promise<void> {
  const lines = granted.map((right) => {
    const { suite, test } = found.get(right) ?? {};
    if (suite !== undefined)
      return `| \`${right}\` | ${test} | [${suite}](../test/cluster/${suite}.test.ts) |`;
    const reason = reasons[right];
    return `| \`${right}\` | ${reason === undefined ? 'not tried yet' : `none: ${reason}`} | |`;
  });
  await writeFile(page, `${head}${lines.join('\n')}\n`);
}
