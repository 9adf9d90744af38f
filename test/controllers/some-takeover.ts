import type {
  KubernetesObject,
  V1APIService,
  V1Deployment,
  V1EndpointSlice,
  V1Service,
} from '@kubernetes/client-node';
import { expect } from 'chai';
import { deploymentName } from '../../src/controllers/adoption.ts';
import type { Outcome } from '../../src/controllers/apply.ts';
import type { SeenConfig } from '../../src/controllers/observe.ts';
import { whose } from '../../src/controllers/ownership.ts';
import { noPast, pastAfterApply } from '../../src/controllers/past.ts';
import { planFor, type Step } from '../../src/controllers/plan.ts';
import { readerRoleName, title } from '../../src/resources/names.ts';
import { objects } from '../../src/resources/objects.ts';
import { references } from '../../src/resources/references.ts';
import { plain, someSpec } from '../crds/some-spec.ts';
import { now } from '../health/some-facts.ts';
import { emptyLive, someSeen } from './some-seen.ts';

/** Who has installed what is taken over: kubectl with upstream's manifests, or Helm under some fullname. */
export interface Install {
  fullname: string;
  selector: Record<string, string>;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  manager: string;
}

export const byKubectl: Install = {
  fullname: 'metrics-server',
  selector: { 'k8s-app': 'metrics-server' },
  labels: { 'k8s-app': 'metrics-server' },
  annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
  manager: 'kubectl-client-side-apply',
};

export const byHelm = (fullname: string, release: string): Install => ({
  fullname,
  selector: { 'app.kubernetes.io/name': 'metrics-server', 'app.kubernetes.io/instance': release },
  labels: {
    'app.kubernetes.io/name': 'metrics-server',
    'app.kubernetes.io/instance': release,
    'app.kubernetes.io/managed-by': 'Helm',
    'helm.sh/chart': 'metrics-server-3.13.1',
  },
  annotations: { 'meta.helm.sh/release-name': release, 'meta.helm.sh/release-namespace': 'kube-system' },
  manager: 'helm',
});

/** The objects of an install: in form they are ours, for upstream's are the same. */
export function installed(install: Install): KubernetesObject[] {
  const { fullname, selector, labels, annotations, manager } = install;
  return objects(fullname, someSpec(plain({}))).map((object, index) => {
    const metadata = {
      ...object.metadata,
      labels,
      annotations,
      uid: `theirs-${index}`,
      managedFields: [{ manager }],
    };
    if (object.kind === 'Service') {
      const { spec }: V1Service = object;
      return { ...object, metadata, spec: { ...spec, selector } };
    }
    if (metadata.name === readerRoleName && manager === 'helm') {
      return { ...object, metadata: { ...metadata, name: 'system:metrics-server-aggregated-reader' } };
    }
    if (object.kind !== 'Deployment') return { ...object, metadata };
    const { spec }: V1Deployment = object;
    const template = { ...spec?.template, metadata: { labels: selector } };
    return { ...object, metadata, spec: { ...spec, template, selector: { matchLabels: selector } } };
  });
}

/** A cluster that is nothing but what the plan reads, and that does what the plan says. */
export class World {
  all: KubernetesObject[];
  at = now;
  arePodsReady = false;
  replicas = 1;
  readyAt = now;
  past = noPast;
  readonly spec: object;
  readonly releases: string[];

  constructor(all: KubernetesObject[], spec: object = { adoption: 'IfExists' }, adoptNames: string[] = []) {
    this.all = all;
    this.spec = spec;
    this.releases = ['metrics-server', ...adoptNames];
  }

  pass(seconds: number): void {
    this.at = new Date(this.at.getTime() + seconds * 1000);
  }

  becomeReady(): void {
    this.arePodsReady = true;
    this.readyAt = this.at;
  }

  seen(changes: Partial<SeenConfig> = {}): SeenConfig {
    const claimant = { name: 'metrics-server', uid: 'uid-1', living: new Set(['uid-1']) };
    const own = new Set(
      references('metrics-server', 'kube-system').map(({ kind, name }) => `${kind} ${name}`),
    );
    const isOwn = ({ kind, metadata }: KubernetesObject) =>
      own.has(`${kind} ${metadata?.name}`) || metadata?.name === 'system:aggregated-metrics-reader';
    const all = this.all.map((object) => this.#withStatus(object));
    const apiService = all.find(({ kind }) => kind === 'APIService');
    const rest = all.filter(({ kind }) => kind !== 'APIService');
    const live = rest.filter(isOwn);
    const isAdopting = 'adoption' in this.spec && this.spec.adoption === 'IfExists';
    const place = deploymentName(live, claimant, isAdopting);
    const deployment = live.find(({ kind, metadata }) => kind === 'Deployment' && metadata?.name === place);
    const { now: _, spec: __, ...base } = someSeen({ spec: this.spec });
    return {
      ...base,
      spec: someSpec(plain(this.spec)),
      now: this.at,
      past: this.past,
      apiService,
      metrics:
        apiService === undefined
          ? { is: 'unregistered' }
          : { is: 'answered', samples: [], atMs: this.at.getTime() },
      live: {
        ...emptyLive,
        objects: live,
        others: isAdopting ? rest.filter((object) => !isOwn(object)) : [],
        releases: this.releases,
        place,
        deployment,
        pods: this.arePodsReady ? [{ status: { conditions: [readySince(this.readyAt)] } }] : [],
        endpointSlices: [this.#slice()],
      },
      ...changes,
    };
  }

  #withStatus(object: KubernetesObject): KubernetesObject {
    const isOurs = whose(object, { name: 'metrics-server', uid: 'uid-1', living: new Set() }) === 'ours';
    if (object.kind !== 'Deployment' || !isOurs) return object;
    const { replicas } = this;
    const count = this.arePodsReady ? replicas : 0;
    const status = { observedGeneration: 1, replicas, updatedReplicas: replicas, readyReplicas: count };
    return { ...object, metadata: { ...object.metadata, generation: 1 }, ...{ status } };
  }

  #slice(): V1EndpointSlice {
    const conditions = { ready: this.arePodsReady };
    return {
      addressType: 'IPv4',
      endpoints: [{ addresses: ['10.0.0.1'], conditions }],
      ports: [{ name: 'https', port: 10250 }],
    };
  }

  carryOut(step: Step): void {
    const same = (object: KubernetesObject) => title(object) === title(step.object);
    const live = this.all.find(same);
    const others = this.all.filter((object) => !same(object));
    this.all = [...others, ...this.#after(step, live)];
  }

  #after(step: Step, live: KubernetesObject | undefined): KubernetesObject[] {
    switch (step.action) {
      case 'apply': {
        const earlier = (live?.metadata?.managedFields ?? []).filter(
          ({ manager }) => manager !== 'metrics-server-operator',
        );
        const metadata = {
          ...step.object.metadata,
          labels: { ...live?.metadata?.labels, ...step.object.metadata?.labels },
          annotations: { ...live?.metadata?.annotations, ...step.object.metadata?.annotations },
          managedFields: [...earlier, { manager: 'metrics-server-operator', time: this.at }],
        };
        return [{ ...step.object, metadata }];
      }
      case 'patch':
        return live === undefined ? [] : [this.#patched(live, step)];
      case 'issue':
        throw new Error('certificates are made elsewhere: see serving-tls.test.ts');
      case 'remove': // the last pod of a Deployment takes a while
        return step.object.kind === 'Deployment' && live?.metadata?.deletionTimestamp === undefined
          ? [{ ...step.object, metadata: { ...step.object.metadata, deletionTimestamp: this.at } }]
          : [];
    }
  }

  #patched(live: KubernetesObject, step: Extract<Step, { action: 'patch' }>): KubernetesObject {
    const managedFields = [
      ...(live.metadata?.managedFields ?? []),
      { manager: 'metrics-server-operator', time: this.at },
    ];
    const { spec: before }: V1APIService = { ...live };
    const entries = Object.entries({ ...before, ...step.patch.spec }).filter(([, value]) => value !== null);
    return {
      ...live,
      metadata: { ...live.metadata, ...kept(live, step), managedFields },
      ...(step.patch.spec && { spec: Object.fromEntries(entries) }),
    };
  }

  /** What was being deleted is gone. */
  collect(): void {
    this.all = this.all.filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
  }

  /** Who answers where the API server asks: nobody, where the APIService leads to pods that are not ready. */
  servers(): string[] {
    const apiService: V1APIService | undefined = this.all.find(({ kind }) => kind === 'APIService');
    const service: V1Service | undefined = this.all.find(
      ({ kind, metadata }) => kind === 'Service' && metadata?.name === apiService?.spec?.service?.name,
    );
    const selector = Object.entries(service?.spec?.selector ?? { nothing: 'at all' });
    const isServing = (deployment: V1Deployment) => {
      const labels = deployment.spec?.template.metadata?.labels ?? {};
      const isOurs = labels['metrics-server.io/config'] !== undefined;
      return selector.every(([key, value]) => labels[key] === value) && (!isOurs || this.arePodsReady);
    };
    return this.all
      .filter((one) => one.kind === 'Deployment' && one.metadata?.deletionTimestamp === undefined)
      .filter((one) => isServing({ ...one }))
      .map(({ metadata }) => metadata?.name ?? '');
  }
}

function readySince(at: Date) {
  return { type: 'Ready', status: 'True', lastTransitionTime: at };
}

function kept({ metadata }: KubernetesObject, step: Extract<Step, { action: 'patch' }>) {
  const without = (all: Record<string, string> = {}, nulls: Record<string, null> = {}) =>
    Object.fromEntries(Object.entries(all).filter(([key]) => !(key in nulls)));
  return {
    labels: without(metadata?.labels, step.patch.metadata.labels),
    annotations: without(metadata?.annotations, step.patch.metadata.annotations),
  };
}

export function stepsOf(world: World): string[] {
  return planFor(world.seen()).steps.map(({ action, object }) => `${action} ${title(object)}`);
}

/** One look, of which only so many steps are carried out before the operator ends. */
export function look(world: World, most = Number.POSITIVE_INFINITY): string[] {
  const seen = world.seen();
  const plan = planFor(seen);
  const done = plan.steps.slice(0, most);
  for (const step of done) world.carryOut(step);
  const outcomes = done.map((step): Outcome => ({ step, is: 'done' }));
  world.past = pastAfterApply(seen, plan, outcomes);
  return done.map(({ action, object }) => `${action} ${title(object)}`);
}

/** Looks until nothing is left to do for now. */
export function settle(world: World, most?: number): string[] {
  const done: string[] = [];
  for (let looks = 0; looks < 100; looks++) {
    const now = look(world, most);
    if (now.length === 0) return done;
    done.push(...now);
  }
  throw new Error(`it never ends: ${done.slice(-6).join('; ')}`);
}

/** From the first look to the end; the metrics API is served all along. */
export function goThrough(world: World, most?: number, replicas = 1): string[] {
  const done: string[] = [];
  const go = () => {
    done.push(...settle(world, most));
    expect(world.servers(), done.at(-1)).not.to.deep.equal([]);
  };
  world.replicas = replicas;
  go();
  world.becomeReady();
  for (let looks = 0; looks < 6; looks++) {
    go();
    world.pass(10);
    world.collect();
  }
  return done;
}
