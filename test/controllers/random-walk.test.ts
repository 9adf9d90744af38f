import { expect } from 'chai';
import { mountedIn } from '../../src/controllers/shown.ts';
import { modeNames, type ServingMode, secretsOfMode, servingModes } from '../serving-modes.ts';
import { someCertificate } from '../some-pki.ts';
import { CertificateWorld, secretOf } from './some-certificates.ts';

const modes = servingModes('mine');

const walks = Number(process.env['WALKS'] ?? 10);
const steps = 60;

/** Numbers from 0 to 1 that look random and are the same for a seed (Numerical Recipes' generator). */
function randomFrom(seed: number): () => number {
  let state = seed;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  for (let warm = 0; warm < 5; warm += 1) next();
  return next;
}

/** What users, pods, cert-manager and time may do, in any order, while the operator comes to a part of its steps at each look. */
class Walk {
  readonly world = new CertificateWorld();
  readonly #random: () => number;
  mode: ServingMode;
  isPaused = false;
  isOrphan = false;
  rotations = 0;
  log: string[] = [];

  constructor(seed: number) {
    this.#random = randomFrom(seed * 7919);
    this.mode = this.#oneOf(modeNames);
  }

  #oneOf<T>(all: readonly [T, ...T[]] | T[]): T {
    const found = all[Math.floor(this.#random() * all.length)];
    if (found === undefined) throw new Error('nothing to choose from');
    return found;
  }

  async begin(): Promise<void> {
    await this.give();
    this.say();
    await this.world.goOn();
  }

  say(): void {
    this.world.spec = {
      tls: { serving: modes[this.mode] },
      ...(this.isOrphan && { deletionPolicy: 'Orphan' }),
      ...(this.isPaused && { mode: 'Paused' }),
    };
  }

  async give(): Promise<void> {
    const { at } = this.world;
    const by = await someCertificate(at, { isAuthority: true });
    const pair = await someCertificate(at, { dnsNames: ['metrics-server.kube-system.svc'], by });
    const metadata = { name: 'mine', namespace: 'kube-system' };
    this.world.given = [{ kind: 'Secret', metadata, ...secretOf(pair, { 'ca.crt': by.certificate }) }];
  }

  async step(): Promise<void> {
    const { world } = this;
    const chances: [share: number, what: string, go: () => unknown][] = [
      [35, 'look', async () => this.log.push(...(await world.look(1 + Math.floor(this.#random() * 3))))],
      [10, '11 s', () => world.pass(11)],
      [10, 'reload', () => world.reload(Math.floor(this.#random() * 2))],
      [8, 'roll out', () => world.rollOut(this.#random() < 0.5)],
      [8, 'mode', () => Object.assign(this, { mode: this.#oneOf(modeNames) })],
      [4, 'give', () => this.give()],
      [
        3,
        'rotate',
        () => Object.assign(world, { annotations: { 'metrics-server.io/rotate': `${++this.rotations}` } }),
      ],
      [4, 'delete', () => world.remove(`metrics-server-serving-${this.#oneOf(['ca', 'cert'])}`)],
      [2, 'pause', () => Object.assign(this, { isPaused: !this.isPaused })],
      [2, 'take', () => Object.assign(world, { given: [] })],
      [2, 'orphan', () => Object.assign(this, { isOrphan: !this.isOrphan })],
    ];
    const each = chances.flatMap((chance) => Array.from({ length: chance[0] }, () => chance));
    const [, what, go] = this.#oneOf(each);
    this.log.push(`${what} ${this.mode}`);
    await go();
    this.say();
  }

  async end(): Promise<void> {
    const { world } = this;
    this.isPaused = false;
    this.say();
    if (world.given.length === 0) await this.give();
    world.running = world.running.slice(-1);
    for (let rounds = 0; rounds < 3; rounds += 1) {
      await world.goOn();
      const [last] = world.running;
      const isOld =
        last !== undefined && mountedIn(last.pod.spec) !== mountedIn(world.deployment?.spec?.template.spec);
      if (isOld) world.rollOut();
    }
    expect(await world.goOn(), 'then there is peace').to.deep.equal([]);
    const secrets = world.objects.filter(({ kind }) => kind === 'Secret');
    const there = secrets.map(({ metadata }) => metadata?.name?.replace('metrics-server-serving-', ''));
    expect(there.sort(), `what is left with ${this.mode}`).to.deep.equal(secretsOfMode[this.mode]);
  }
}

// Beside the tables of serving-tls.test.ts, for what nobody thought of: WALKS=1000 goes further.
describe('certificates, whatever happens in whatever order', function () {
  this.timeout(walks * 10_000);
  for (let seed = 1; seed <= walks; seed += 1) {
    it(`are always accepted, and come to peace (walk ${seed})`, async () => {
      const walk = new Walk(seed);
      try {
        await walk.begin();
        for (let count = 0; count < steps; count += 1) await walk.step();
        await walk.end();
      } catch (error) {
        throw new Error(`after ${walk.log.slice(-40).join('; ')}`, { cause: error });
      }
    });
  }
});
