import { expect } from 'chai';
import { planFor } from '../../src/controllers/plan.ts';
import { mountedIn } from '../../src/controllers/serving-tls.ts';
import { certificatesIn } from '../../src/platform/x509.ts';
import { CertificateWorld } from './some-certificates.ts';

const selfSigned = { tls: { serving: { mode: 'SelfSigned' } } };
const kept = { tls: { serving: { mode: 'Managed' } } };

async function installed(spec: object = kept): Promise<CertificateWorld> {
  const world = new CertificateWorld();
  world.spec = spec;
  await world.goOn();
  return world;
}

/** What a world has come to, but for times and keys. */
function outcome(world: CertificateWorld) {
  const { caBundle, insecureSkipTLSVerify } = world.apiService?.spec ?? {};
  const bundle = certificatesIn(Buffer.from(caBundle ?? '', 'base64').toString()) ?? [];
  return {
    trusted: bundle.length,
    insecureSkipTLSVerify,
    kept: certificatesIn(world.text('cert', 'ca.crt'))?.length,
    isOfPresent: bundle[0]?.toString().trim() === world.text('ca', 'tls.crt').trim(),
    mounted: mountedIn(world.deployment?.spec?.template.spec),
  };
}

const managed = {
  trusted: 1,
  insecureSkipTLSVerify: undefined,
  kept: 1,
  isOfPresent: true,
  mounted: 'metrics-server-serving-cert',
};

describe('certificates that the operator keeps', function () {
  this.timeout(60_000);
  it('are there before the pods that show them, and are trusted from the first registration on', async () => {
    const world = new CertificateWorld();
    world.spec = kept;
    const done = await world.goOn();
    const at = (step: string) => done.indexOf(step);
    expect(at('issue Secret kube-system/metrics-server-serving-ca')).to.be.greaterThan(-1);
    expect(at('issue Secret kube-system/metrics-server-serving-cert')).to.be.greaterThan(
      at('issue Secret kube-system/metrics-server-serving-ca'),
    );
    expect(at('apply Deployment kube-system/metrics-server')).to.be.greaterThan(
      at('issue Secret kube-system/metrics-server-serving-cert'),
    );
    expect(done.filter((step) => step.startsWith('issue'))).to.have.length(2);
    expect(outcome(world)).to.deep.equal(managed);
  });

  it('never take the place of a Secret that somebody else has made', async () => {
    const world = await installed(selfSigned);
    const metadata = { name: 'metrics-server-serving-cert', namespace: 'kube-system', uid: 'theirs' };
    world.objects.push({ apiVersion: 'v1', kind: 'Secret', metadata });
    expect(await world.look(), 'where nobody needs its name').to.deep.equal([]);
    world.spec = kept;
    expect(await world.look()).to.deep.equal([]);
    const { accepted } = planFor(world.seen());
    expect(accepted).to.include({ status: 'False', reason: 'ForeignObject' });
    expect(accepted.message).to.include(
      'Secret kube-system/metrics-server-serving-cert exists and is not this',
    );
  });

  it('are left alone as long as they are good', async () => {
    const world = await installed();
    world.pass(200 * 24 * 3600);
    expect(await world.goOn()).to.deep.equal([]);
  });

  const faults: Record<string, (world: CertificateWorld) => void> = {
    'the CA is asked for anew': (world) => {
      world.annotations = { 'metrics-server.io/rotate': 'now' };
    },
    'the CA is gone': (world) => world.remove('metrics-server-serving-ca'),
    'the certificate is gone': (world) => world.remove('metrics-server-serving-cert'),
    'both are gone': (world) => world.remove('metrics-server-serving-ca', 'metrics-server-serving-cert'),
    'the key of the CA is garbage': (world) => {
      const secret = world.secret('ca');
      Object.assign(secret?.data ?? {}, { 'tls.key': 'Z2FyYmFnZQ==' });
    },
    'the certificate is garbage': (world) => {
      Object.assign(world.secret('cert')?.data ?? {}, { 'tls.crt': 'Z2FyYmFnZQ==' });
    },
    'the certificate has the key of another': (world) => {
      Object.assign(world.secret('cert')?.data ?? {}, { 'tls.key': world.secret('ca')?.data?.['tls.key'] });
    },
    'two thirds of the life of the certificate are over': (world) => world.pass(244 * 24 * 3600),
  };
  for (const [when, befall] of Object.entries(faults)) {
    for (const most of [undefined, 1]) {
      const how = most === undefined ? '' : ', though the operator ends after every single write';
      it(`are made anew when ${when}, and not one request is refused${how}`, async () => {
        const world = await installed();
        const before = world.text('cert', 'tls.crt');
        befall(world);
        const done = await world.goOn(most);
        expect(done.length, 'steps').to.be.greaterThan(0);
        expect(outcome(world)).to.deep.equal(managed);
        expect(world.text('cert', 'tls.crt')).not.to.equal(before);
        expect(await world.goOn(), 'then there is peace').to.deep.equal([]);
      });
    }
  }

  it('are renewed through twenty years, CA and certificate, and not one request is refused', async () => {
    const world = await installed();
    const seen = { authorities: new Set<string>(), certificates: new Set<string>() };
    for (let days = 0; days < 20 * 365; days += 50) {
      world.pass(50 * 24 * 3600);
      await world.goOn();
      seen.authorities.add(world.text('ca', 'tls.crt'));
      seen.certificates.add(world.text('cert', 'tls.crt'));
    }
    expect(outcome(world)).to.deep.equal(managed);
    expect(seen.authorities.size).to.equal(3); // after two thirds of ten years
    expect(seen.certificates.size).to.be.within(29, 31); // after two thirds of one
  });

  it('are renewed also while nothing else may be changed', async () => {
    const world = await installed();
    world.spec = { ...kept, mode: 'Paused', resolution: '30s' };
    world.annotations = { 'metrics-server.io/rotate': '1' };
    const before = world.text('ca', 'tls.crt');
    const done = await world.goOn();
    expect(new Set(done)).to.deep.equal(
      new Set([
        'issue Secret kube-system/metrics-server-serving-ca',
        'apply APIService v1beta1.metrics.k8s.io',
        'issue Secret kube-system/metrics-server-serving-cert',
      ]),
    );
    expect(outcome(world)).to.deep.equal(managed);
    expect(world.text('ca', 'tls.crt')).not.to.equal(before);
  });

  it('are not begun while nothing may be changed', async () => {
    const world = await installed(selfSigned);
    world.spec = { ...kept, mode: 'Paused' };
    expect(await world.goOn()).to.deep.equal([]);
  });

  it('are not given up before the pods show the new one, where nobody can see what they show, for an hour', async () => {
    const world = await installed();
    world.isSeen = false;
    world.annotations = { 'metrics-server.io/rotate': '1' };
    await world.goOn();
    expect(outcome(world)).to.include({ trusted: 2, kept: 2 });
    world.pass(3600);
    await world.goOn();
    expect(outcome(world)).to.deep.equal(managed);
  });

  it('are not given up while one pod still shows the old one', async () => {
    const world = await installed();
    world.annotations = { 'metrics-server.io/rotate': '1' };
    for (let rounds = 0; rounds < 5; rounds++) {
      await world.settle();
      world.pass(10);
    }
    expect(outcome(world)).to.include({ trusted: 2, kept: 2 });
    world.reload();
    await world.goOn();
    expect(outcome(world)).to.deep.equal(managed);
  });
});

describe('a change of who makes the certificate', () => {
  it('counts as under way until the pods may follow', async () => {
    const world = await installed(selfSigned);
    world.spec = kept;
    expect(planFor(world.seen()).awaiting).to.include({ status: 'True', reason: 'AwaitingTrust' });
    await world.goOn();
    expect(planFor(world.seen()).awaiting).to.equal(undefined);
  });

  for (const most of [undefined, 1]) {
    const how = most === undefined ? '' : ', one write at a time';
    it(`goes both ways, and not one request is refused${how}`, async () => {
      const world = await installed(selfSigned);
      expect(outcome(world)).to.include({ insecureSkipTLSVerify: true, trusted: 0, mounted: undefined });
      expect(world.secret('ca')).to.equal(undefined);
      world.spec = kept;
      await world.goOn(most);
      expect(outcome(world)).to.deep.equal(managed);
      world.spec = selfSigned;
      await world.goOn(most);
      expect(outcome(world)).to.include({ insecureSkipTLSVerify: true, trusted: 0, mounted: undefined });
      expect(world.secret('ca'), 'nothing is left').to.equal(undefined);
      expect(world.secret('cert')).to.equal(undefined);
    });
  }
});
