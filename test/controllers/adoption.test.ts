import type {
  KubernetesObject,
  V1APIService,
  V1ClusterRoleBinding,
  V1Service,
} from '@kubernetes/client-node';
import { expect } from 'chai';
import { newsIn } from '../../src/controllers/announcements.ts';
import { planFor } from '../../src/controllers/plan.ts';
import { title } from '../../src/resources/names.ts';
import {
  byHelm,
  byKubectl,
  goThrough,
  type Install,
  installed,
  look,
  settle,
  stepsOf,
  World,
} from './some-takeover.ts';

const installs: { what: string; install: Install; adoptNames: string[]; ours: string; removed: number }[] = [
  { what: "upstream's manifests", install: byKubectl, adoptNames: [], ours: 'metrics-server-b', removed: 1 },
  {
    what: 'a chart under our name',
    install: byHelm('metrics-server', 'metrics-server'),
    adoptNames: [],
    ours: 'metrics-server-b',
    removed: 2,
  },
  {
    what: 'a chart under another name',
    install: byHelm('ms-metrics-server', 'ms'),
    adoptNames: ['ms-metrics-server'],
    ours: 'metrics-server',
    removed: 8,
  },
];
const adopt = { adoption: 'IfExists' };

function find(world: World, kind: string, name: string): KubernetesObject | undefined {
  return world.all.find((one) => one.kind === kind && one.metadata?.name === name);
}

function selectorOf(world: World, name = 'metrics-server') {
  const service: V1Service | undefined = find(world, 'Service', name);
  return service?.spec?.selector;
}

function askedOf(world: World) {
  const apiService: V1APIService | undefined = find(world, 'APIService', 'v1beta1.metrics.k8s.io');
  return apiService?.spec?.service?.name;
}

describe('taking over what others have installed', () => {
  for (const { what, install, adoptNames, ours, removed } of installs) {
    const begin = () => new World(installed(install), adopt, adoptNames);
    const theirs = install.fullname;
    const isOther = theirs !== 'metrics-server';

    describe(`from ${what}`, () => {
      it('begins with accounts and roles, and a Deployment beside theirs', () => {
        const world = begin();
        settle(world);
        expect(find(world, 'Deployment', ours)?.metadata?.ownerReferences?.[0]?.uid).to.equal('uid-1');
        const account = find(world, 'ServiceAccount', 'metrics-server');
        expect(account?.metadata?.annotations).to.have.property('metrics-server.io/owner', 'metrics-server');
        // If the config went now, garbage collection must not take from their pods what these need.
        expect(account?.metadata?.ownerReferences).to.have.length(isOther ? 1 : 0);
        expect(find(world, 'Deployment', theirs)?.metadata?.managedFields?.[0]?.manager).to.equal(
          install.manager,
        );
        expect(world.servers()).to.include(theirs);
        expect(planFor(world.seen()).adopting).to.include({ status: 'False', reason: 'Adopting' });
        if (!isOther) expect(selectorOf(world)).to.deep.equal(install.selector);
      });

      it('switches the Service when our pods are ready, and nothing else for ten seconds', () => {
        const world = begin();
        settle(world);
        world.becomeReady();
        const done = settle(world);
        expect(selectorOf(world)).to.have.property('metrics-server.io/config', 'metrics-server');
        expect(done.filter((step) => !step.endsWith('Service kube-system/metrics-server'))).to.deep.equal([]);
        expect(askedOf(world)).to.equal(theirs);
        expect(world.servers()).not.to.deep.equal([]);
        world.pass(9);
        expect(stepsOf(world)).to.deep.equal([]);
        expect(planFor(world.seen()).adopting).to.include({ status: 'False', reason: 'Adopting' });
      });

      it('then the APIService, and removes their Deployment ten seconds later, once', () => {
        const world = begin();
        settle(world);
        world.becomeReady();
        settle(world);
        world.pass(10);
        settle(world);
        expect(askedOf(world)).to.equal('metrics-server');
        expect(find(world, 'APIService', 'v1beta1.metrics.k8s.io')?.metadata?.ownerReferences).to.have.length(
          1,
        );
        world.pass(9);
        expect(stepsOf(world)).to.deep.equal([]);
        world.pass(1);
        expect(look(world)).to.deep.equal([`remove Deployment kube-system/${theirs}`]);
        expect(stepsOf(world), 'while its pods end').to.deep.equal([]);
      });

      it('ends with what is left of theirs, and with a config that has nothing more to do', () => {
        const world = begin();
        const done = goThrough(world);
        expect(planFor(world.seen())).to.include({ adopting: undefined }).and.deep.include({ steps: [] });
        const foreign = world.all.filter(({ metadata }) => metadata?.ownerReferences?.[0]?.uid !== 'uid-1');
        expect(foreign.map(title)).to.deep.equal([]);
        expect(done.filter((step) => step.startsWith('remove'))).to.have.length(removed);
        expect(world.servers()).to.deep.equal([ours]);
        for (const { kind, metadata } of world.all) {
          const marks = [...Object.keys(metadata?.labels ?? {}), ...Object.keys(metadata?.annotations ?? {})];
          const others = marks.filter((key) => /helm|argo|kubectl|instance/.test(key));
          expect(others, kind).to.deep.equal([]);
        }
      });

      it('does the same where the operator ends after every single step', () => {
        const whole = begin();
        const apart = begin();
        const done = goThrough(whole);
        expect(goThrough(apart, 1)).to.have.members(done);
        const sorted = (world: World) =>
          world.all.map((one) => `${title(one)} ${one.metadata?.uid ?? ''}`).sort();
        expect(sorted(apart)).to.deep.equal(sorted(whole));
      });

      it('goes no further, and removes nothing, where its pods are not ready any more or do not answer', () => {
        const world = begin();
        settle(world);
        world.becomeReady();
        settle(world);
        world.pass(10);
        settle(world);
        world.pass(10);
        const failed = {
          is: 'failed' as const,
          message: '503',
          atMs: 0,
          row: { sinceMs: 0, deadMs: 0, confirmations: 0, hasAnswered: true },
        };
        expect(
          planFor(world.seen({ metrics: failed })).steps.filter(({ action }) => action === 'remove'),
        ).to.deep.equal([]);
        world.arePodsReady = false;
        expect(stepsOf(world)).to.deep.equal([]);
      });

      it('leaves what is ours, and touches nothing else, where adoption is taken back on the way', () => {
        const world = begin();
        settle(world);
        const back = new World(world.all, {}, adoptNames);
        const plan = planFor(back.seen());
        expect(plan.steps).to.deep.equal([]);
        expect(plan.accepted.reason).to.equal('ForeignObject');
        goThrough(world);
        const after = new World(world.all, {}, adoptNames);
        after.becomeReady();
        after.at = world.at;
        expect(planFor(after.seen()).accepted.status).to.equal('True');
        expect(stepsOf(after)).to.deep.equal([]);
      });
    });
  }

  it("says once what it has taken over, with Helm's own words to forget the release", () => {
    const world = new World(installed(byHelm('metrics-server', 'metrics-server')), adopt);
    settle(world);
    world.becomeReady();
    settle(world);
    world.pass(10);
    settle(world);
    world.pass(10);
    const [step] = planFor(world.seen()).steps;
    if (step === undefined) throw new Error('nothing to do');
    const [event, ...more] = newsIn([{ step, is: 'done' }]);
    expect(more).to.deep.equal([]);
    expect(event).to.include({ type: 'Normal', reason: 'Adopted' });
    expect(event?.note)
      .to.include('Deployment kube-system/metrics-server (Helm, release kube-system/metrics-server')
      .and.include('kubectl -n kube-system delete secret -l owner=helm,name=metrics-server')
      .and.not.include('helm uninstall');
  });

  it('removes nothing on an answer that may still be of theirs', () => {
    const world = new World(installed(byKubectl), adopt);
    settle(world);
    world.becomeReady();
    settle(world);
    world.pass(10);
    settle(world);
    world.pass(30);
    const answered = (ageMs: number) => ({
      is: 'answered' as const,
      samples: [],
      atMs: world.at.getTime() - ageMs,
    });
    expect(planFor(world.seen({ metrics: answered(21_000) })).steps).to.deep.equal([]);
    expect(planFor(world.seen({ metrics: answered(20_000) })).steps).to.have.length(1);
  });

  it('removes what comes back five times, then once a minute, and names who installs it', () => {
    const world = new World(installed(byKubectl), adopt);
    goThrough(world);
    const theirs = installed(byKubectl).find(({ kind }) => kind === 'Deployment');
    if (theirs === undefined) throw new Error('there is no Deployment of theirs');
    const removals: number[] = [];
    for (let seconds = 0; seconds < 180; seconds += 5) {
      if (find(world, 'Deployment', 'metrics-server') === undefined) world.all.push(theirs);
      if (look(world).includes('remove Deployment kube-system/metrics-server')) removals.push(seconds);
      world.collect();
      world.pass(5);
    }
    expect(removals).to.deep.equal([0, 5, 10, 15, 75, 135]);
    expect(planFor(world.seen()).contested).to.deep.equal({
      status: 'False',
      reason: 'DriftContested',
      message:
        'Deployment kube-system/metrics-server: kubectl-client-side-apply keeps installing it again, which was taken over 7 times in ten minutes and now is once a minute. Stop it there, or set spec.mode to Paused.',
    });
    expect(world.servers()).to.include('metrics-server-b');
  });

  it('keeps the rights of their account as long as their pods serve, where it is not called like ours', () => {
    const subject = { kind: 'ServiceAccount', name: 'scraper', namespace: 'kube-system' };
    const all = installed(byKubectl).map((one) =>
      one.kind === 'ClusterRoleBinding' ? { ...one, subjects: [subject] } : one,
    );
    const world = new World(all, adopt);
    settle(world);
    const subjects = () => {
      const binding: Partial<V1ClusterRoleBinding> = {
        ...find(world, 'ClusterRoleBinding', 'system:metrics-server'),
      };
      return binding.subjects?.map(({ name }) => name);
    };
    expect(subjects()).to.deep.equal(['metrics-server', 'scraper']);
    goThrough(world);
    expect(subjects()).to.deep.equal(['metrics-server']);
  });

  it('takes a bundle out of the APIService in the write that leads to our pods, and before an apply: bundle and no verification exclude each other', () => {
    const all = installed(byHelm('ms-metrics-server', 'ms')).map((one) => {
      if (one.kind !== 'APIService') return one;
      const { spec }: V1APIService = { ...one };
      return { ...one, spec: { ...spec, caBundle: 'Q0E=' } };
    });
    const world = new World(all, adopt, ['ms-metrics-server']);
    settle(world);
    world.becomeReady();
    settle(world);
    world.pass(10);
    const [step] = planFor(world.seen()).steps;
    expect(step)
      .to.have.nested.property('patch.spec')
      .deep.equal({
        caBundle: null,
        insecureSkipTLSVerify: true,
        service: { name: 'metrics-server', namespace: 'kube-system', port: 443 },
      });
  });

  it('takes that bundle out ten seconds before the Service leads to our pods, whose certificate it does not fit', () => {
    const secure = installed(byKubectl).map((one) => {
      if (one.kind !== 'APIService') return one;
      const { spec }: V1APIService = { ...one };
      return { ...one, spec: { ...spec, caBundle: 'Q0E=' } };
    });
    const world = new World(secure, adopt);
    settle(world);
    expect(selectorOf(world)).to.deep.equal(byKubectl.selector);
    world.becomeReady();
    expect(settle(world)).to.deep.equal(['patch APIService v1beta1.metrics.k8s.io']);
    world.pass(9);
    expect(settle(world)).to.deep.equal([]);
    world.pass(1);
    expect(settle(world)).to.include('apply Service kube-system/metrics-server');
    expect(selectorOf(world)).to.have.property('metrics-server.io/config', 'metrics-server');
  });

  it('makes its own PodDisruptionBudget only when theirs is gone, for the bounds of both exclude each other', () => {
    const budget = {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'metrics-server', namespace: 'kube-system', labels: byKubectl.labels },
      spec: { minAvailable: 1 },
    };
    const world = new World([...installed(byKubectl), budget], { ...adopt, availability: { replicas: 2 } });
    const done = goThrough(world, undefined, 2);
    const at = (action: string) => done.indexOf(`${action} PodDisruptionBudget kube-system/metrics-server`);
    expect(at('remove')).to.be.greaterThan(done.indexOf('remove Deployment kube-system/metrics-server'));
    expect(at('apply')).to.be.greaterThan(at('remove'));
  });
});
