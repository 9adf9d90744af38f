import { expect } from 'chai';
import { checksPage, type LivenessParts, liveness } from '../../src/controllers/liveness.ts';
import type { Connection } from '../../src/platform/connection.ts';
import { Refusal } from '../../src/platform/refusal.ts';
import { watch } from '../../src/platform/watch.ts';
import { type WatchMark, watchesOn } from '../../src/platform/watch-register.ts';

const nodesPath = '/api/v1/nodes';
const configsPath = '/apis/metrics-server.io/v1alpha1/metricsserverconfigs';
const apiServicesPath = '/apis/apiregistration.k8s.io/v1/apiservices';

function someMark(changes: Partial<WatchMark> = {}): WatchMark {
  return { kind: 'Node', path: nodesPath, isIn: true, heard: 1, trouble: undefined, ...changes };
}

/** The time is the test's: steps of ten seconds. */
function living(parts: Partial<LivenessParts> & { marks?: WatchMark[] } = {}) {
  const clock = { nowMs: 1_000_000, answers: true };
  const { marks = [someMark()] } = parts;
  const lives = liveness({
    watches: () => marks,
    queue: () => ({ running: 0, due: 0, later: 0, runningSinceMs: undefined }),
    answeredAtMs: () => (clock.answers ? clock.nowMs : 1_000_000),
    longestDeadMs: 60_000,
    longestLookMs: 120_000,
    ...parts,
  });
  const pass = (seconds: number, meanwhile: () => void = () => undefined) => {
    for (let passed = 0; passed < seconds; passed += 10) {
      clock.nowMs += 10_000;
      meanwhile();
      lives.sample(clock.nowMs, 10_000);
    }
  };
  pass(10);
  return {
    lives,
    pass,
    clock,
    livez: () => checksPage(lives.livez()),
    readyz: () => checksPage(lives.readyz()),
  };
}

describe('livez', () => {
  it('is good where watches say something now and then', () => {
    const mark = someMark();
    const { pass, livez } = living({ marks: [mark] });
    pass(600, () => {
      mark.heard += 1;
    });
    expect(livez()).to.deep.equal({ code: 200, body: `watch of ${nodesPath}: ok\nline: ok\n` });
  });

  it('fails in the end where a watch is dead though the API server answers others, and says which and why', () => {
    const { pass, livez } = living({ marks: [someMark({ trouble: new Error('no answer within 30 s') })] });
    pass(50);
    expect(livez().code).to.equal(200);
    pass(10);
    const { code, body } = livez();
    expect(code).to.equal(503);
    expect(body).to.include(
      `watch of ${nodesPath}: for 60 s, while the API server answers others: no answer within 30 s`,
    );
    expect(body).to.include('line: ok');
  });

  it('takes what other watches hear for an answer', () => {
    const other = someMark({ path: configsPath });
    const { pass, livez } = living({ marks: [someMark(), other], answeredAtMs: () => undefined });
    pass(100, () => {
      other.heard += 1;
    });
    expect(livez().body)
      .to.include(`watch of ${configsPath}: ok`)
      .and.include(`watch of ${nodesPath}: for`)
      .and.include('nothing is heard of it');
  });

  it('is good again once the watch is', () => {
    const mark = someMark();
    const { pass, livez } = living({ marks: [mark] });
    pass(100);
    expect(livez().code).to.equal(503);
    mark.heard += 1;
    pass(10);
    expect(livez().code).to.equal(200);
  });

  it('does not fail because the API server is away, nor at once when it is back', () => {
    const { pass, livez, clock } = living({ longestDeadMs: 200_000 });
    clock.answers = false;
    pass(3600);
    expect(livez().code).to.equal(200);
    clock.answers = true;
    pass(50);
    expect(livez().code).to.equal(200);
  });

  it('does not fail for what the API server refuses for good: no restart mends that', () => {
    const refused = [new Refusal(403, 'no right'), new Refusal(404, 'no such kind')];
    const { pass, livez } = living({ marks: refused.map((trouble) => someMark({ trouble })) });
    pass(3600);
    expect(livez().code).to.equal(200);
  });

  it('fails where one look does not come to an end, and not where one follows the other', () => {
    const began = { ms: 5 };
    const queue = () => ({ running: 1, due: 0, later: 0, runningSinceMs: began.ms });
    const { pass, livez } = living({ marks: [], queue });
    pass(600, () => {
      began.ms += 1;
    });
    expect(livez().code).to.equal(200);
    pass(120);
    expect(livez()).to.deep.equal({
      code: 503,
      body: 'line: for 120 s, while the API server answers others: one look has not come to an end\n',
    });
  });

  it('has no secret in it', () => {
    const trouble = new Error('no', { cause: new Error('Bearer abcdefghijklmnop\n was not taken') });
    const { pass, livez } = living({ marks: [someMark({ trouble })] });
    pass(100);
    expect(livez().body).to.include('no: Bearer … was not taken\n');
  });
});

describe('readyz', () => {
  const marks = () =>
    [configsPath, nodesPath, apiServicesPath].map((path) => someMark({ path, isIn: false }));

  it('waits for the first list of configs, nodes and the APIService', () => {
    const all = marks();
    const { readyz } = living({ marks: all });
    expect(readyz().code).to.equal(503);
    for (const mark of all.slice(0, 2)) mark.isIn = true;
    expect(readyz()).to.deep.equal({
      code: 503,
      body: `list of ${configsPath}: ok\nlist of ${nodesPath}: ok\nlist of ${apiServicesPath}: not in yet\n`,
    });
    for (const mark of all) mark.isIn = true;
    expect(readyz().code).to.equal(200);
  });

  it('says which right is missing, and that the CRD is', () => {
    const [configs, nodes] = marks();
    if (configs !== undefined)
      Object.assign(configs, {
        kind: 'MetricsServerConfig',
        trouble: new Refusal(404, '404 page not found'),
      });
    if (nodes !== undefined) nodes.trouble = new Refusal(403, 'nodes is forbidden');
    const { readyz } = living({ marks: [configs, nodes].flatMap((one) => one ?? []) });
    const { code, body } = readyz();
    expect(code).to.equal(503);
    expect(body).to.include(`list of ${nodesPath}: nodes is forbidden`);
    expect(body).to.match(new RegExp(`^list of ${configsPath}: .*CustomResourceDefinition`, 'm'));
  });

  it('fails again where a right or the CRD goes that was there', () => {
    for (const trouble of [new Refusal(403, 'nodes is forbidden'), new Refusal(404, '404 page not found')]) {
      const all = marks().map((mark) => ({ ...mark, isIn: true }));
      expect(living({ marks: all }).readyz().code).to.equal(200);
      expect(living({ marks: all.map((mark) => ({ ...mark, trouble })) }).readyz().code).to.equal(503);
    }
  });

  it('fails where the Lease cannot be had, if there is one', () => {
    const all = marks().map((mark) => ({ ...mark, isIn: true }));
    const known: { trouble?: string } = {};
    const { readyz } = living({ marks: all, lease: () => known.trouble });
    expect(readyz().body).to.match(/^lease: ok$/m);
    expect(living({ marks: all }).readyz().body).not.to.include('lease');
    known.trouble = 'grant it';
    expect(readyz().code).to.equal(503);
    expect(readyz().body).to.match(/^lease: grant it$/m);
  });

  it('stays good where the API server is away', () => {
    const all = marks().map((mark) => ({ ...mark, isIn: true, trouble: new Error('away') }));
    expect(living({ marks: all }).readyz().code).to.equal(200);
  });
});

describe('the register of watches', () => {
  // A double, because a real API server lets no single watch die.
  it('knows from the watch itself that it is in, is heard, and fails', async () => {
    const ending = new AbortController();
    const opened: { tell: (line: string) => void; end: (error: Error) => void } = {
      tell: () => undefined,
      end: () => undefined,
    };
    const stream = () =>
      new ReadableStream<string>({
        start: (controller) => {
          opened.tell = (line) => controller.enqueue(line);
          opened.end = (error) => controller.error(error);
        },
      });
    const unused = () => Promise.reject(new Error('nobody asks for that'));
    const connection: Connection = {
      send: async () => JSON.parse('{"metadata":{"resourceVersion":"1"},"items":[]}'),
      lines: async () => stream(),
      list: unused,
      text: unused,
      authorities: unused,
      now: () => new Date(0),
    };
    const target = { path: nodesPath, apiVersion: 'v1', kind: 'Node', keep: () => undefined };
    const listener = { onChange: () => undefined, onTrouble: () => undefined };
    const store = watch(connection, target, listener, ending.signal);
    const { marks, restarts } = watchesOn(connection);
    const [mark] = marks;
    expect(mark).to.include({ kind: 'Node', path: nodesPath, isIn: false, heard: 0 });
    await store.firstAnswer;
    expect(mark).to.include({ isIn: true, heard: 1, trouble: undefined });
    opened.tell('{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"2"}}}');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(mark?.heard).to.equal(2);
    opened.end(new Error('cut'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(mark?.trouble?.message).to.equal('cut');
    expect(restarts.all()).to.deep.equal([{ labels: { kind: 'Node', reason: 'away' }, value: 1 }]);
    ending.abort();
    expect(marks.size).to.equal(0);
  });
});
