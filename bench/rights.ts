import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KubernetesObject } from '@kubernetes/client-node';
import { parseAllDocuments, stringify } from 'yaml';
import {
  grantedRights,
  heldUnused,
  isRefusalFor,
  reasons,
  rightsOf,
  textOf,
  usesOf,
} from '../test/granted-rights.ts';
import { proven, writeProofs } from '../test/rights-page.ts';
import { runUntilFailure } from './run-until-failure.ts';

/**
 * Takes every right of config/rbac away in turn, and looks which test fails: docs/rights.md has what was found. What stands there already is
 * not tried again: take its line out, or the whole file. A right that no test misses, and that has no reason, makes it fail.
 */

const root = join(import.meta.dirname, '..');
const rbac = 'rbac.authorization.k8s.io';

/** The quickest first. Each runs once with everything granted, which tells what it uses, and then once without each right that is left. */
const allSuites = ['converge', 'rights', 'kubelet-ca', 'policy', 'adoption', 'observe'].map(
  (one) => `control-plane/${one}`,
);

// What it has in order to grant it is not used there, and yet missed.
function isGrantedIn(suite: string, right: string): boolean {
  const place = right.includes('(legacy.yaml)') ? 'control-plane/policy' : 'control-plane/converge';
  return right in heldUnused && suite === place;
}

/** With all that cluster suites miss, or only with what some miss, such as control-plane/converge. */
export async function rights(some: string[]): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'bench-rights-'));
  const found = await proven();
  const granted = [...new Set(grantedRights().map(textOf))];
  const left = new Set(granted.filter((right) => !found.has(right)));
  console.log(`${granted.length} rights, ${left.size} of them to be tried`);
  for (const suite of some.length > 0 ? some : allSuites) {
    if (left.size === 0) break;
    const used = await usedIn(suite, work);
    const wanted = [...left].filter((right) => used.has(right) || isGrantedIn(suite, right));
    wanted.sort((a, b) => place(a, granted) - place(b, granted));
    console.log(`${suite}: ${wanted.length} rights to be tried`);
    for (const right of wanted) {
      const test = await testThatMisses(right, suite, work);
      if (test === undefined) continue;
      left.delete(right);
      found.set(right, { suite, test });
      await writeProofs(found, granted);
    }
  }
  await rm(work, { recursive: true });
  complain([...left]);
}

/** The first verb of every object comes first: so a run that is ended early has found something about each rule. */
function place(right: string, granted: string[]): number {
  const object = (one: string) => one.slice(one.indexOf(' '));
  return granted.filter((one) => object(one) === object(right)).indexOf(right);
}

function complain(left: string[]): void {
  for (const right of left) console.log(`no test misses: ${right} (${reasons[right] ?? 'no reason given'})`);
  if (left.some((right) => reasons[right] === undefined)) process.exitCode = 1;
}

/** What a suite uses. It must pass in as little time as it gets where something is missing. */
async function usedIn(suite: string, work: string): Promise<Set<string>> {
  const { failure, left } = await runUntilFailure(suite, await granting(() => true, work));
  if (failure !== undefined)
    throw new Error(`${suite} fails with everything granted: ${failure.title}: ${failure.message}`);
  return new Set([...usesOf(left)].filter(([, suites]) => suites.length > 0).map(([right]) => right));
}

/** The first that fails, and not by chance: the operator was refused what it lacks, or to grant it to metrics-server. */
async function testThatMisses(right: string, suite: string, work: string): Promise<string | undefined> {
  const sinceMs = Date.now();
  const { failure, left } = await runUntilFailure(suite, await granting((one) => one !== right, work));
  const refused = left
    .flatMap(({ refused }) => refused)
    .find((one) => isRefusalFor(right, one) || one.group === rbac);
  const took = `${Math.round((Date.now() - sinceMs) / 1000)} s`.padStart(5);
  const what = failure === undefined ? 'nothing fails' : `${failure.title}: ${failure.message.slice(0, 200)}`;
  console.log(`${took}  ${right}\n         ${what}\n         refused: ${JSON.stringify(refused)}`);
  const isHook = failure?.title.startsWith('"'); // no test: "before all" hook for …
  return isHook || refused === undefined ? undefined : failure?.title;
}

/** A copy of config/rbac that grants these rights only, each by a rule of its own. */
async function granting(isGranted: (right: string) => boolean, work: string): Promise<string> {
  const copy = join(work, 'rbac');
  await rm(copy, { recursive: true, force: true });
  await cp(join(root, 'config/rbac'), copy, { recursive: true });
  for (const file of await readdir(copy)) {
    const text = await readFile(join(copy, file), 'utf8');
    const objects = parseAllDocuments(text).map((one): KubernetesObject => one.toJS());
    const less = objects.map((one) => {
      if (!one.kind?.endsWith('Role')) return one;
      const rights = rightsOf({ rules: [], ...one }).filter((right) => isGranted(textOf(right)));
      return { ...one, rules: rights.map(ruleFor) };
    });
    await writeFile(join(copy, file), less.map((one) => stringify(one)).join('---\n'));
  }
  return copy;
}

function ruleFor({ group, resource, name, verb }: ReturnType<typeof rightsOf>[number]): object {
  const names = name === '' ? {} : { resourceNames: [name] };
  return { apiGroups: [group], resources: [resource], ...names, verbs: [verb] };
}
