import type { V1ConfigMap, V1Secret } from '@kubernetes/client-node';
import { expect } from 'chai';
import { planFor } from '../../src/controllers/plan.ts';
import { servingPlan } from '../../src/controllers/serving-tls.ts';
import { mountedIn } from '../../src/controllers/shown.ts';
import { certificatesIn } from '../../src/platform/x509.ts';
import { modeNames, type ServingMode, secretsOfMode, servingModes } from '../serving-modes.ts';
import { someCertificate } from '../some-pki.ts';
import { CertificateWorld, secretOf } from './some-certificates.ts';

const of = (serving: object) => ({ tls: { serving } });
const given = servingModes('mine');
const selfSigned = of(given.SelfSigned);
const kept = of(given.Managed);
const ofUser = of(given.Secret);
const ofCertManager = of(given.CertManager);
const modes: Record<ServingMode, object> = {
  SelfSigned: selfSigned,
  Managed: kept,
  Secret: ofUser,
  CertManager: ofCertManager,
};
const host = 'metrics-server.kube-system.svc';

/** Puts a certificate of a CA of its own into the Secret that users of mode Secret name. */
async function give(world: CertificateWorld): Promise<void> {
  const by = await someCertificate(world.at, { isAuthority: true });
  const pair = await someCertificate(world.at, { dnsNames: [host], by });
  const metadata = { name: 'mine', namespace: 'kube-system' };
  world.given = [{ kind: 'Secret', metadata, ...secretOf(pair, { 'ca.crt': by.certificate }) }];
}

async function installed(spec: object = kept): Promise<CertificateWorld> {
  const world = new CertificateWorld();
  await give(world);
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
    expect(done[0], 'of two configs at once one gets it').to.equal(
      'apply ClusterRole system:aggregated-metrics-reader',
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

  for (const most of [undefined, 1]) {
    const how = most === undefined ? '' : ', one write at a time';
    it(`come into pods that read them only at start by new pods, and not one request is refused${how}`, async () => {
      const world = new CertificateWorld();
      world.rereads = false;
      world.isSeen = false;
      world.spec = { ...kept, version: '0.3.7' };
      await world.goOn();
      const [old] = world.running;
      world.annotations = { 'metrics-server.io/rotate': '1' };
      await world.goOn(most);
      expect(outcome(world)).to.deep.equal(managed);
      expect(world.running[0]?.pod.metadata?.uid).not.to.equal(old?.pod.metadata?.uid);
      expect(world.running[0]?.loaded).to.equal(world.text('cert', 'tls.crt'));
      expect(await world.goOn(), 'then there is peace').to.deep.equal([]);
    });
  }

  it('call for new pods a month before those that read them only at start show one that has expired', async () => {
    const world = new CertificateWorld();
    world.rereads = false;
    world.spec = { ...kept, version: '0.3.7' };
    await world.goOn();
    world.spec = { ...kept, version: '0.3.7', mode: 'Paused' };
    world.pass(244 * 24 * 3600);
    await world.goOn();
    const expiring = () => planFor(world.seen()).expiring;
    world.pass(90 * 24 * 3600);
    expect(expiring()).to.equal(undefined);
    world.pass(3 * 24 * 3600);
    expect(expiring()).to.match(
      /^Pods of metrics-server before 0\.4 .* may expire on 2027-01-0[0-9]: have them replaced/,
    );
    world.spec = { ...kept, version: '0.3.7' };
    await world.goOn();
    expect(expiring()).to.equal(undefined);
  });

  it('are trusted as long as a pod that reads them only at start shows them, however long it may not be replaced', async () => {
    const world = new CertificateWorld();
    world.rereads = false;
    world.spec = { ...kept, version: '0.3.7' };
    await world.goOn();
    world.spec = { ...kept, version: '0.3.7', mode: 'Paused' };
    world.annotations = { 'metrics-server.io/rotate': '1' };
    await world.goOn();
    world.pass(7 * 24 * 3600);
    await world.goOn();
    expect(outcome(world)).to.include({ trusted: 2, kept: 2 });
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

describe('whose the Secrets are', () => {
  for (const [what, befall] of Object.entries<(secret: V1Secret | undefined) => unknown>({
    'the owner is removed': (secret) => delete secret?.metadata?.ownerReferences,
    'a label is changed': (secret) => Object.assign(secret?.metadata?.labels ?? {}, { 'k8s-app': 'other' }),
  })) {
    it(`is set right where ${what}, and what they hold stays`, async () => {
      for (const name of ['ca', 'cert'] as const) {
        const world = await installed();
        const before = structuredClone(world.secret(name));
        befall(world.secret(name));
        expect(await world.goOn()).to.deep.equal([`issue Secret kube-system/metrics-server-serving-${name}`]);
        expect(world.secret(name)?.data).to.deep.equal(before?.data);
        expect(world.secret(name)?.metadata?.ownerReferences).to.deep.equal(
          before?.metadata?.ownerReferences,
        );
        expect(world.secret(name)?.metadata?.labels).to.deep.equal(before?.metadata?.labels);
      }
    });
  }

  it('follows deletionPolicy: what stays without its config needs its certificate', async () => {
    const world = await installed();
    const owners = () =>
      (['ca', 'cert'] as const).map((name) => world.secret(name)?.metadata?.ownerReferences?.length ?? 0);
    expect(owners()).to.deep.equal([1, 1]);
    world.spec = { ...kept, deletionPolicy: 'Orphan' };
    await world.goOn();
    expect(owners()).to.deep.equal([0, 0]);
  });

  it('is set right once a minute where somebody fights about it', async () => {
    const world = await installed();
    const [object, field] = ['Secret kube-system/metrics-server-serving-cert', 'metadata.labels["k8s-app"]'];
    const atMs = world.at.getTime();
    Object.assign(world.secret('cert')?.metadata?.labels ?? {}, { 'k8s-app': 'other' });
    const step = planFor(world.seen()).steps[0];
    const fields = step?.action === 'issue' ? (step.drift?.fields ?? []) : [];
    expect(fields).to.have.length(1);
    const correction = { object, field: fields[0] ?? field, writer: 'someone', atMs };
    const past = { ...world.seen().past, corrections: Array.from({ length: 5 }, () => correction) };
    expect(planFor({ ...world.seen(), past }).steps).to.deep.equal([]);
  });
});

describe('a certificate of the user', () => {
  for (const most of [undefined, 1]) {
    const how = most === undefined ? '' : ', one write at a time';
    it(`is followed when it changes, also to another CA, and not one request is refused${how}`, async () => {
      const world = await installed(ofUser);
      const before = world.text('cert', 'tls.crt');
      await give(world);
      await world.goOn(most);
      expect(world.text('cert', 'tls.crt')).not.to.equal(before);
      expect(outcome(world)).to.include({ trusted: 1, kept: 1 });
      expect(await world.goOn(), 'then there is peace').to.deep.equal([]);
    });
  }

  it('is verified with the CA of another object, where the spec names one', async () => {
    const world = await installed(ofUser);
    const [secret] = world.given;
    const { data = {} }: V1Secret = { ...secret };
    const text = Buffer.from(data['ca.crt'] ?? '', 'base64').toString();
    const { certificate: another } = await someCertificate(world.at, { isAuthority: true });
    delete data['ca.crt'];
    const metadata = { name: 'bundle', namespace: 'kube-system' };
    const bundle: V1ConfigMap = { kind: 'ConfigMap', metadata, data: { 'ca.crt': text + another } };
    world.given.push(bundle);
    const { serving } = ofUser.tls;
    world.spec = { tls: { serving: { ...serving, caBundleRef: { name: 'bundle' } } } };
    await world.goOn();
    expect(planFor(world.seen()).limited).to.equal(undefined);
    expect(outcome(world)).to.include({ trusted: 2, kept: 2 });
  });

  it('is said to expire, a month before and in the same words every day', async () => {
    const world = await installed(ofUser);
    const expiring = () => planFor(world.seen()).expiring;
    world.pass(334 * 24 * 3600);
    expect(expiring()).to.equal(undefined);
    world.pass(2 * 24 * 3600);
    const said = expiring();
    expect(said).to.match(
      /^The certificate in Secret kube-system\/mine expires on 2027-01-01: replace it before\.$/,
    );
    world.pass(20 * 24 * 3600);
    expect(expiring()).to.equal(said);
    await give(world);
    expect(expiring()).to.equal(undefined);
  });

  it('is said to expire as well where the one that should follow is not there', async () => {
    const world = await installed(ofUser);
    world.pass(336 * 24 * 3600);
    world.given = [];
    expect(planFor(world.seen()).expiring).to.equal(
      'The certificate that metrics-server shows expires on 2027-01-01, and nothing can follow it: see Applied.',
    );
  });

  const spoilt: Record<string, { spoil: (world: CertificateWorld) => void; reason: string }> = {
    'is deleted': { spoil: (world) => world.given.pop(), reason: 'CertificateMissing' },
    'has a garbage key': {
      spoil: (world) => Object.assign(dataOf(world), { 'tls.key': 'Z2FyYmFnZQ==' }),
      reason: 'CertificateInvalid',
    },
    'has no CA any more': {
      spoil: (world) => delete dataOf(world)['ca.crt'],
      reason: 'CertificateInvalid',
    },
  };
  const dataOf = (world: CertificateWorld): Record<string, string> => {
    const { data = {} }: V1Secret = { ...world.given[0] };
    return data;
  };
  for (const [what, { spoil, reason }] of Object.entries(spoilt)) {
    it(`leaves what is served alone when it ${what}, says so, and heals`, async () => {
      const world = await installed(ofUser);
      const before = outcome(world);
      spoil(world);
      expect(await world.goOn()).to.deep.equal([]);
      expect(planFor(world.seen()).limited).to.include({ status: 'False', reason });
      expect(planFor(world.seen()).limited?.message).to.match(/shown before is shown until then\.$/);
      expect(outcome(world)).to.deep.equal(before);
      await give(world);
      await world.goOn();
      expect(planFor(world.seen()).limited).to.equal(undefined);
    });

    it(`starts nothing and registers nothing while it ${what} from the beginning`, async () => {
      const world = new CertificateWorld();
      await give(world);
      spoil(world);
      world.spec = ofUser;
      await world.goOn();
      expect(planFor(world.seen()).limited).to.include({ status: 'False', reason });
      expect(world.deployment).to.equal(undefined);
      expect(world.apiService).to.equal(undefined);
      expect(world.secret('cert')).to.equal(undefined);
    });
  }

  it('that is not good keeps no other change of the pods from being made, and no lost registration from being made again', async () => {
    const world = await installed(ofUser);
    world.given = [];
    world.spec = { ...ofUser, resolution: '30s' };
    world.remove('v1beta1.metrics.k8s.io');
    await world.goOn();
    expect(JSON.stringify(world.deployment)).to.include('--metric-resolution=30s');
    expect(outcome(world)).to.include({ trusted: 1 });
  });

  it('that is not good does not take pods from the certificate that they make themselves', async () => {
    const world = await installed(selfSigned);
    world.given = [];
    world.spec = ofUser;
    expect(await world.goOn()).to.deep.equal([]);
    world.remove('v1beta1.metrics.k8s.io');
    await world.goOn();
    expect(outcome(world)).to.include({ insecureSkipTLSVerify: true, mounted: undefined });
  });
});

describe('a certificate of cert-manager', () => {
  it('is waited for, and after a minute a person is called', async () => {
    const world = new CertificateWorld();
    world.isIssuing = false;
    world.spec = ofCertManager;
    await world.settle();
    expect(planFor(world.seen()).limited).to.include({ status: 'False', reason: 'CertificatePending' });
    const certificate = world.objects.find(({ kind }) => kind === 'Certificate');
    const issued = world.named('metrics-server-serving-issued');
    Object.assign(issued?.metadata ?? {}, { creationTimestamp: world.at });
    Object.assign(certificate ?? {}, {
      status: { conditions: [{ type: 'Ready', status: 'False', message: 'issuer "mine" not found' }] },
    });
    world.pass(60);
    expect(planFor(world.seen()).limited).to.deep.include({
      reason: 'CertificateNotReady',
      message:
        'Certificate kube-system/metrics-server-serving is not ready: issuer "mine" not found. No pods are started until then.',
    });
    expect(world.deployment).to.equal(undefined);
  });

  it('is not asked for before the Secret is there that it goes into', async () => {
    const world = new CertificateWorld();
    world.isIssuing = false;
    world.spec = ofCertManager;
    const done = await world.settle();
    expect(done.indexOf('apply Certificate kube-system/metrics-server-serving')).to.be.greaterThan(
      done.indexOf('issue Secret kube-system/metrics-server-serving-issued'),
    );
  });

  for (const [what, trouble] of Object.entries({
    CertManagerMissing: { isUnknownKind: true },
    Forbidden: { refused: 'no' },
  })) {
    it(`is a clear condition where it cannot be had: ${what}`, async () => {
      const world = new CertificateWorld();
      world.spec = ofCertManager;
      const { live, ...seen } = world.seen();
      const given = live.given.map((one) => ({ ...one, ...trouble }));
      const { limited, steps } = planFor({ ...seen, live: { ...live, given } });
      expect(limited).to.include({ status: 'False', reason: what });
      expect(steps.filter(({ object }) => object.apiVersion?.startsWith('cert-manager'))).to.deep.equal([]);
    });
  }
});

describe('what a pod may still show', () => {
  it('counts also while its container does not run', async () => {
    const world = await installed(selfSigned);
    const [old] = world.running;
    world.spec = kept;
    await world.settle();
    world.rollOut(true);
    const status = old?.pod.status?.containerStatuses?.[0];
    Object.assign(status ?? {}, { state: { waiting: { reason: 'CrashLoopBackOff' } } });
    world.pass(10);
    await world.settle();
    expect(outcome(world)).to.include({ insecureSkipTLSVerify: true });
  });

  it('is what was seen of it, however long the new one is there', async () => {
    const world = await installed();
    world.rereads = false; // it cannot load the new one
    world.annotations = { 'metrics-server.io/rotate': '1' };
    await world.goOn();
    world.pass(2 * 3600);
    await world.goOn();
    expect(outcome(world)).to.include({ trusted: 2, kept: 2 });
  });

  it('is trusted again before a Deployment goes back to pods that make their own', async () => {
    const world = await installed(kept);
    const { deployment } = world;
    if (deployment?.spec === undefined) throw new Error('nothing is installed');
    const own = await installed(selfSigned);
    const back = {
      ...deployment,
      spec: { ...deployment.spec, template: own.deployment?.spec?.template ?? {} },
    };
    const { trust } = servingPlan(world.seen(), back);
    expect(trust).to.deep.equal({ is: 'anyone' });
    expect(servingPlan(world.seen(), deployment).trust).to.include({ is: 'these' });
  });
});

describe('while nothing may be changed', () => {
  it('what the operator keeps is renewed, whatever mode is asked for', async () => {
    for (const mode of [selfSigned, ofUser, ofCertManager]) {
      const world = await installed();
      const before = world.text('cert', 'tls.crt');
      world.spec = { ...mode, mode: 'Paused' };
      world.pass(250 * 24 * 3600);
      await world.goOn();
      expect(world.text('cert', 'tls.crt')).not.to.equal(before);
      expect(outcome(world)).to.deep.equal(managed);
    }
  });

  it('verification is not turned off, whatever mode is asked for', async () => {
    for (const mode of [selfSigned, ofUser, ofCertManager]) {
      const world = await installed();
      world.spec = { ...mode, mode: 'Paused' };
      expect(await world.goOn()).to.deep.equal([]);
    }
  });

  it('it is said that a certificate cannot be renewed', async () => {
    const world = await installed(ofUser);
    world.spec = { ...ofUser, mode: 'Paused' };
    world.given = [];
    const { held } = planFor(world.seen());
    expect(held).to.include({ status: 'True', reason: 'Paused' });
    expect(held?.message).to.include('Secret kube-system/mine (spec.tls.serving.secretRef) does not exist');
  });

  it('nothing is made anew that may not be seen', async () => {
    const world = await installed();
    world.spec = { ...kept, mode: 'Paused' };
    const { live, ...seen } = world.seen();
    const what = 'Secret kube-system/metrics-server-serving-ca';
    const objects = live.objects.filter(({ metadata }) => metadata?.name !== 'metrics-server-serving-ca');
    const { steps } = planFor({ ...seen, live: { ...live, objects, refused: [{ what, message: 'no' }] } });
    expect(steps).to.deep.equal([]);
  });
});

describe('objects of other owners', () => {
  for (const name of ['metrics-server-serving-ca', 'metrics-server-serving-cert']) {
    it(`are not taken over by adoption, for what they hold is somebody's: ${name}`, () => {
      const world = new CertificateWorld();
      world.spec = { ...kept, adoption: 'IfExists' };
      const metadata = { name, namespace: 'kube-system', uid: 'theirs' };
      world.objects.push({ apiVersion: 'v1', kind: 'Secret', metadata });
      const { accepted, steps } = planFor(world.seen());
      expect(accepted).to.include({ status: 'False', reason: 'ForeignObject' });
      expect(accepted.message).to.include('It is never taken over').and.not.include('adoption');
      expect(steps).to.deep.equal([]);
    });
  }

  it('are refused where the spec names what the operator keeps for itself', async () => {
    const world = await installed();
    const secretRef = { name: 'metrics-server-serving-cert' };
    world.spec = { tls: { serving: { mode: 'Secret', secretRef } } };
    const { accepted } = planFor(world.seen());
    expect(accepted).to.include({ status: 'False', reason: 'InvalidSpec' });
    expect(accepted.message).to.include(
      "Secret kube-system/metrics-server-serving-cert is the operator's own",
    );
  });
});

describe('a fight about what a Secret holds', () => {
  it('is told, and slowed down to one repair a minute', async () => {
    const world = await installed();
    const secret = world.secret('cert');
    Object.assign(secret?.data ?? {}, { 'tls.crt': 'Z2FyYmFnZQ==' });
    const written = { manager: 'kubectl-edit', time: new Date(world.at.getTime() + 1000) };
    secret?.metadata?.managedFields?.push(written);
    const title = 'Secret kube-system/metrics-server-serving-cert';
    const past = { ...world.seen().past, applied: { [title]: 'anything' } };
    const [step] = planFor({ ...world.seen(), past }).steps;
    const drift = step?.action === 'issue' ? step.drift : undefined;
    expect(drift).to.deep.equal({ object: title, fields: ['what it holds'], writer: 'kubectl-edit' });
    const correction = {
      object: title,
      field: 'what it holds',
      writer: 'kubectl-edit',
      atMs: world.at.getTime(),
    };
    const corrections = Array.from({ length: 5 }, () => correction);
    expect(planFor({ ...world.seen(), past: { ...past, corrections } }).steps).to.deep.equal([]);
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

  it('counts as under way until the old one is trusted no more, and so does a renewal', async () => {
    const isUnderWay = (world: CertificateWorld) => planFor(world.seen()).awaiting?.reason;
    const throughout = async (world: CertificateWorld) => {
      const reasons = new Set<string | undefined>();
      for (let looks = 0; looks < 60; looks += 1) {
        const reason = isUnderWay(world);
        const done = await world.look(1);
        if (done.length === 0 && reason === undefined) return [...reasons];
        reasons.add(reason);
        world.pass(5);
        if (looks % 3 === 2) world.reload();
      }
      throw new Error('it does not come to an end');
    };
    const world = await installed();
    expect(isUnderWay(world)).to.equal(undefined);
    world.annotations = { 'metrics-server.io/rotate': '1' };
    expect(await throughout(world)).to.deep.equal(['RotatingCertificate']);
    expect(outcome(world)).to.deep.equal(managed);
    world.remove('metrics-server-serving-ca', 'metrics-server-serving-cert');
    expect(await throughout(world)).to.deep.equal(['RotatingCertificate']);
    world.spec = ofUser;
    expect(await throughout(world)).to.deep.equal(['RotatingCertificate']);
    expect(outcome(world)).to.include({ trusted: 1, kept: 1 });
  });

  it('is over where only one CA is trusted, though nobody sees what pods show, and they started in the second of the last write', async () => {
    const world = await installed();
    world.isSeen = false;
    const at = world.secret('cert')?.metadata?.managedFields?.[0]?.time;
    for (const { pod } of world.running) Object.assign(pod.status ?? {}, { startTime: at });
    expect(planFor(world.seen()).awaiting).to.equal(undefined);
  });

  for (const [what, next] of [
    ['the Secret of the user is not there', ofUser],
    ['cert-manager does not answer', ofCertManager],
  ] as const) {
    it(`leaves what the operator keeps in place, and renews it, as long as ${what}`, async () => {
      const world = await installed();
      const before = [world.text('ca', 'tls.crt'), world.text('cert', 'tls.crt')];
      world.given = [];
      world.isIssuing = false;
      world.spec = next;
      await world.goOn();
      expect([world.text('ca', 'tls.crt'), world.text('cert', 'tls.crt')]).to.deep.equal(before);
      world.pass(250 * 24 * 3600);
      await world.goOn();
      expect(world.text('ca', 'tls.crt')).to.equal(before[0]);
      expect(world.text('cert', 'tls.crt')).not.to.equal(before[1]);
      expect(world.secret('cert')?.metadata?.annotations).to.include({
        'metrics-server.io/filled-by': 'Managed',
      });
      await give(world);
      world.isIssuing = true;
      await world.goOn();
      expect(world.secret('ca'), 'the CA that nobody needs any more').to.equal(undefined);
      expect(planFor(world.seen()).limited).to.equal(undefined);
    });
  }

  /** What is there of certificates, and what is trusted. */
  const left = (world: CertificateWorld) => {
    const { trusted, insecureSkipTLSVerify, kept: noted, mounted } = outcome(world);
    return {
      trusted,
      insecureSkipTLSVerify,
      noted,
      mounted,
      secrets: world.objects
        .filter(({ kind }) => kind === 'Secret')
        .map(({ metadata }) => metadata?.name?.replace('metrics-server-serving-', ''))
        .sort(),
      asked: world.objects.filter(({ apiVersion }) => apiVersion?.startsWith('cert-manager.io')).length,
    };
  };
  const expected = (mode: ServingMode) => ({
    trusted: mode === 'SelfSigned' ? 0 : 1,
    insecureSkipTLSVerify: mode === 'SelfSigned' ? true : undefined,
    noted: mode === 'SelfSigned' ? undefined : 1,
    mounted: mode === 'SelfSigned' ? undefined : 'metrics-server-serving-cert',
    secrets: secretsOfMode[mode],
    asked: mode === 'CertManager' ? 2 : 0,
  });
  for (const from of modeNames) {
    for (const to of modeNames.filter((mode) => mode !== from)) {
      for (const most of [undefined, 1]) {
        const how = most === undefined ? '' : ', one write at a time';
        it(`goes from ${from} to ${to}, leaves nothing behind, and not one request is refused${how}`, async () => {
          const world = await installed(modes[from]);
          expect(left(world)).to.deep.equal(expected(from));
          world.spec = modes[to];
          await world.goOn(most);
          expect(left(world)).to.deep.equal(expected(to));
          expect(await world.goOn(), 'then there is peace').to.deep.equal([]);
        });
      }
    }
  }
});
