import { glob, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BinaryName, ensureControlPlaneBinaries, prebuildAll } from '../local-cluster/binaries.ts';
import { ensurePrerequisites } from '../local-cluster/prerequisites.ts';
import { usedRightsFolder } from '../local-cluster/used-rights.ts';
import { complaintsAbout, usesIn } from './granted-rights.ts';
import { type Counts, fromBothEnds, runMocha, turns } from './rows.ts';

const root = join(import.meta.dirname, '..');
// It is built last, which takes minutes beside the others.
const withHelm = ['adoption', 'chart', 'static'].map(
  (suite) => `test/cluster/control-plane/${suite}.test.ts`,
);
const ofControlPlanes: BinaryName[] = ['kube-apiserver', 'etcd', 'kubectl', 'kube-controller-manager'];

interface Part {
  title: string;
  files: string[];
  /** What must be there before it starts. */
  needs: Promise<unknown>[];
}

/** In this order they are taken from both ends: what needs no cluster, control planes, and clusters with nodes. */
async function allParts(): Promise<Part[]> {
  const files = await testFiles();
  const say = (line: string) => console.log(`      [build] ${line}`);
  // The suites that need it come upon the same fault again, and report it.
  const reportedBySuites = (error: Error) => say(`failed: ${error.message}`);
  // Here, because two of apt-get at once would be in each other's way.
  const prepared = ensurePrerequisites('nodes', say).catch(reportedBySuites);
  const built = prebuildAll(say).catch(reportedBySuites);
  const builtForControlPlanes = ensureControlPlaneBinaries(ofControlPlanes, say).catch(reportedBySuites);

  const one = (needs: Promise<unknown>[]) => (file: string) => ({ title: file, files: [file], needs });
  const needsMore = (file: string) => file.startsWith('test/cluster/node/') || withHelm.includes(file);
  const onControlPlanes = files.filter(
    (file) => file.startsWith('test/cluster/control-plane/') && !needsMore(file),
  );
  const withEverything = files.filter(needsMore);
  const others = files.filter((file) => !onControlPlanes.includes(file) && !withEverything.includes(file));
  return [
    { title: 'without a cluster', files: others, needs: [] },
    ...onControlPlanes.map(one([prepared, builtForControlPlanes])),
    ...withEverything.map(one([prepared, built])),
  ];
}

/** All but test/ecosystem, wherever they are: none can be forgotten. */
async function testFiles(): Promise<string[]> {
  const files: string[] = [];
  for await (const file of glob('test/**/*.test.ts', { cwd: root, exclude: ['test/ecosystem/**'] }))
    files.push(file);
  return files.sort();
}

/**
 * `npm test`: every part in a mocha of its own, three at a time; most of them mostly wait. Why they may run beside each other stands in
 * docs/decisions/0002. Arguments are mocha's: `npm test -- --grep drift`.
 */
async function runAll(args: string[], { noMore, atOnce }: Ending): Promise<Counts> {
  const begin = turns(console.log);
  const results = await fromBothEnds(await allParts(), async ({ title, files, needs }) => {
    await Promise.all(needs);
    if (noMore.signal.aborted) return { passed: 0, failed: 1, complaints: [], summary: `${title}: not run` };
    const { print, end } = begin();
    const startedAtMs = Date.now();
    const { passed, failed, complaints } = await runMocha([...args, ...files], print, atOnce.signal);
    const seconds = Math.round((Date.now() - startedAtMs) / 1000);
    const summary = `${title}: ${passed} passed, ${failed} failed, in ${seconds} s`;
    print(`  ${summary}`);
    end();
    return { passed, failed, complaints, summary };
  });
  // A failure may be a thousand lines up, and who reads CI often sees the end only.
  for (const { failed, summary, complaints } of results)
    if (failed > 0) console.log([...complaints, `  ${summary}`].join('\n'));
  return {
    passed: results.reduce((sum, { passed }) => sum + passed, 0),
    failed: results.reduce((sum, { failed }) => sum + failed, 0),
  };
}

const ending = { noMore: new AbortController(), atOnce: new AbortController() };
type Ending = typeof ending;
process.on('SIGINT', () => ending.noMore.abort()); // the terminal tells the mochas as well, and they tidy up
process.on('SIGTERM', () => {
  ending.noMore.abort();
  ending.atOnce.abort();
});

/** Whether the operator has used what it is granted; only a run of everything, in which nothing failed, can tell. */
async function unusedRights(folder: string): Promise<number> {
  const uses = await usesIn(folder);
  const complaints = complaintsAbout(uses);
  const used = [...uses.values()].filter((suites) => suites.length > 0);
  console.log([...complaints, `  rights: ${uses.size} granted, ${used.length} used`].join('\n'));
  return complaints.length;
}

process.chdir(root);
const args = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), 'used-rights-'));
process.env[usedRightsFolder] = folder;
const { passed, failed } = await runAll(args, ending);
const unused = args.length === 0 && failed === 0 ? await unusedRights(folder) : 0;
await rm(folder, { recursive: true });
console.log(`${passed} passed, ${failed + unused} failed`);
process.exitCode = failed + unused === 0 ? 0 : 1;
