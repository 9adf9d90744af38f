import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { fromBothEnds, runMocha, turns } from './rows.ts';

describe('a mocha of its own', function () {
  this.timeout(20_000);
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rows-'));
  });
  after(() => rm(folder, { recursive: true }));

  const said = async (...tests: string[]) => {
    const file = join(folder, 'it.test.ts');
    await writeFile(file, tests.join('\n'));
    const lines: string[] = [];
    const { complaints, ...counts } = await runMocha([file], (line) => lines.push(line));
    return { counts, complaints: complaints.join('\n'), lines: lines.join('\n') };
  };
  const passing = "it('passes', () => undefined);";
  const failing = "it('fails', () => { throw new Error('wrong'); });";

  it('is counted, and its closing line is not told', async () => {
    const { counts, complaints, lines } = await said(passing, passing, failing);
    expect(counts).to.deep.equal({ passed: 2, failed: 1 });
    expect(complaints).to.include('1 failing').and.include('Error: wrong').and.not.include('passes');
    expect(lines)
      .to.include('Error: wrong')
      .and.not.to.match(/passed, \d+ failed/);
  });

  it('has failed where a hook has, though no test did', async () => {
    const { counts } = await said("before(() => { throw new Error('hook'); });", passing);
    expect(counts).to.deep.equal({ passed: 0, failed: 1 });
  });

  it('has failed where it ended before it had counted', async () => {
    const { counts, lines } = await said(passing, "it('ends', () => process.exit(0));");
    expect(counts).to.deep.equal({ passed: 0, failed: 1 });
    expect(lines).to.include('mocha ended otherwise than its tests: exit code 0');
  });

  it('has failed where it ended badly after it had counted', async () => {
    const { counts } = await said(passing, "process.on('exit', () => process.kill(process.pid, 'SIGKILL'));");
    expect(counts).to.deep.equal({ passed: 1, failed: 1 });
  });

  it('has failed where its file cannot be read, and says why', async () => {
    const { counts, lines } = await said('import "./nowhere.ts";');
    expect(counts).to.deep.equal({ passed: 0, failed: 1 });
    expect(lines).to.include('Cannot find module');
  });
});

describe('several that speak at once', () => {
  it('are printed one after the other, in the order in which they began', () => {
    const printed: string[] = [];
    const begin = turns((line) => printed.push(line));
    const [first, second] = [begin(), begin()];
    second.print('2a');
    first.print('1a');
    expect(printed, 'the first one is heard at once').to.deep.equal(['1a']);
    first.print('1b');
    first.end();
    expect(printed, 'then the second').to.deep.equal(['1a', '1b', '2a']);
    const third = begin();
    third.print('3a');
    third.end();
    second.print('2b');
    second.end();
    expect(printed).to.deep.equal(['1a', '1b', '2a', '2b', '3a']);
  });
});

describe('three rows', () => {
  it('take from both ends until they meet, two of them from the back, and leave nothing out', async () => {
    const started: number[] = [];
    const running = new Set<number>();
    const results = await fromBothEnds([30, 2, 1, 3, 60, 90], async (ms) => {
      started.push(ms);
      running.add(ms);
      expect(running.size).to.be.at.most(3);
      await sleep(ms);
      running.delete(ms);
      return ms;
    });
    expect(started).to.deep.equal([30, 90, 60, 2, 1, 3]);
    expect(results).to.have.members([30, 2, 1, 3, 60, 90]);
  });
});
