import type { KubernetesObject } from '@kubernetes/client-node';
import { expect } from 'chai';
import { type Plan, planFor } from '../../src/controllers/plan.ts';
import { othersSubject } from '../../src/controllers/subject.ts';
import { title } from '../../src/resources/names.ts';
import { someSpec } from '../crds/some-spec.ts';
import { failed } from '../health/some-facts.ts';
import { appliedObjects, emptyLive, someConfig, someSeen } from './some-seen.ts';

const readySlice = {
  addressType: 'IPv4',
  endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: true } }],
};
const isApiService = ({ kind }: KubernetesObject) => kind === 'APIService';
const steps = ({ steps }: Plan) => steps.map(({ action, object }) => `${action} ${title(object)}`);

function applied(spec: object = {}, uid?: string) {
  const all = appliedObjects(spec, uid);
  return {
    live: { ...emptyLive, objects: all.filter((object) => !isApiService(object)) },
    apiService: all.find(isApiService),
  };
}

describe('the plan', () => {
  it('creates everything in order, but not the APIService before a pod can answer', () => {
    expect(steps(planFor(someSeen()))).to.deep.equal([
      'apply ClusterRole system:aggregated-metrics-reader',
      'apply ServiceAccount kube-system/metrics-server',
      'apply ClusterRole system:metrics-server',
      'apply ClusterRoleBinding system:metrics-server',
      'apply ClusterRoleBinding metrics-server:system:auth-delegator',
      'apply RoleBinding kube-system/metrics-server-auth-reader',
      'apply Service kube-system/metrics-server',
      'apply Deployment kube-system/metrics-server',
    ]);
  });

  it('registers the APIService once an endpoint is ready', () => {
    const { live } = applied();
    const plan = planFor(someSeen({ live: { ...live, endpointSlices: [readySlice] } }));
    expect(steps(plan)).to.deep.equal(['apply APIService v1beta1.metrics.k8s.io']);
  });

  it('keeps a registered APIService while no endpoint is ready', () => {
    expect(steps(planFor(someSeen(applied())))).to.deep.equal([]);
  });

  const others = othersSubject({ is: 'outOfSight', because: '' }, someSpec({ mode: 'Observe' }), {
    configs: [],
    nodes: [],
  });

  it('touches nothing where it only observes, neither what is dead nor what a deleted config has left', () => {
    const metrics = failed('service unavailable');
    const seen = { ...applied({}, 'uid-of-a-deleted-one'), spec: { mode: 'Observe' }, others, metrics };
    const plan = planFor(someSeen({ ...seen, live: emptyLive }));
    expect(steps(plan)).to.deep.equal([]);
    expect(plan.held).to.include({ status: 'True', reason: 'Observing' });
  });

  it('leaves what it has made itself as it is, when it is told to observe only', () => {
    const { live, apiService } = applied();
    const objects = live.objects.filter(({ kind }) => kind !== 'Service'); // somebody has deleted it
    const plan = planFor(someSeen({ live: { ...live, objects }, apiService, spec: { mode: 'Observe' } }));
    expect(steps(plan)).to.deep.equal([]);
    expect(plan.held).to.include({ reason: 'Observing' });
    expect(plan.held?.message).to.include('certificates are renewed');
  });

  it('warns while nothing is written that what has an owner goes with it, whatever deletionPolicy says', () => {
    const spec = { mode: 'Paused', deletionPolicy: 'Orphan' };
    const { held } = planFor(someSeen({ ...applied(), spec }));
    expect(held?.message).to.include('deletionPolicy Orphan is not in force yet');
    expect(planFor(someSeen({ spec })).held?.message).not.to.include('Orphan');
  });

  it('writes nothing where everything is as it should be', () => {
    const { live, apiService } = applied();
    expect(
      planFor(someSeen({ live: { ...live, endpointSlices: [readySlice] }, apiService })).steps,
    ).to.deep.equal([]);
  });

  it('applies only what a changed spec changes', () => {
    const plan = planFor(someSeen({ ...applied(), spec: { resolution: '30s' } }));
    expect(steps(plan)).to.deep.equal(['apply Deployment kube-system/metrics-server']);
  });

  it('removes what is ours and no longer desired, and nothing of anybody else', () => {
    const { live, apiService } = applied();
    const [service] = live.objects.filter(({ kind }) => kind === 'Service');
    const former = { ...service, kind: 'PodDisruptionBudget' };
    const foreign = { ...former, metadata: { name: 'metrics-server', managedFields: [{ manager: 'helm' }] } };
    const objects = [...live.objects, former, { ...foreign, kind: 'NetworkPolicy' }];
    expect(steps(planFor(someSeen({ live: { ...live, objects }, apiService })))).to.deep.equal([
      'remove PodDisruptionBudget kube-system/metrics-server',
    ]);
  });

  it('changes nothing while paused', () => {
    const plan = planFor(someSeen({ spec: { mode: 'Paused' } }));
    expect(plan).to.deep.include({ steps: [] });
    expect(plan.held?.reason).to.equal('Paused');
  });

  it('touches nothing of someone else, and says whose it is', () => {
    const foreign = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'metrics-server', namespace: 'kube-system', managedFields: [{ manager: 'helm' }] },
    };
    const plan = planFor(someSeen({ live: { ...emptyLive, objects: [foreign] } }));
    expect(plan.steps).to.deep.equal([]);
    expect(plan.accepted).to.include({ status: 'False', reason: 'ForeignObject' });
    expect(plan.accepted.message).to.include('Deployment kube-system/metrics-server').and.include('helm');
  });

  it('says so where a deleted config of another name has left an object', () => {
    const left = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        name: 'metrics-server',
        namespace: 'kube-system',
        annotations: { 'metrics-server.io/owner': 'earlier' },
        managedFields: [{ manager: 'metrics-server-operator' }],
      },
    };
    const { message } = planFor(someSeen({ live: { ...emptyLive, objects: [left] } })).accepted;
    expect(message)
      .to.include('was left by MetricsServerConfig earlier')
      .and.include('again instead of this one');
  });

  it('removes the APIService of a config that is gone, and nothing else', () => {
    const { apiService } = applied();
    expect(steps(planFor({ is: 'gone', name: 'metrics-server', apiService }))).to.deep.equal([
      'remove APIService v1beta1.metrics.k8s.io',
    ]);
  });

  it('waits for garbage collection of a deleted config of the same name, but takes its APIService away at once', () => {
    const plan = planFor(someSeen(applied({}, 'uid-of-before')));
    expect(steps(plan)).to.deep.equal(['remove APIService v1beta1.metrics.k8s.io']);
    expect(plan.held?.reason).to.equal('WaitingForCleanup');
  });

  it('installs nothing where a right is missing', () => {
    const refused = [{ what: 'Deployment kube-system/metrics-server', message: 'is forbidden' }];
    const plan = planFor(someSeen({ live: { ...emptyLive, refused } }));
    expect(plan.steps).to.deep.equal([]);
    expect(plan.held?.reason).to.equal('Forbidden');
  });

  it('goes on repairing the rest where a right was lost later, and writes nothing that it cannot see', () => {
    const { live, apiService } = applied();
    const refused = [{ what: 'ServiceAccount kube-system/metrics-server', message: 'is forbidden' }];
    const objects = live.objects.filter(({ kind }) => !['ServiceAccount', 'Service'].includes(kind ?? ''));
    const deployment = objects.find(({ kind }) => kind === 'Deployment');
    const plan = planFor(someSeen({ live: { ...live, objects, deployment, refused }, apiService }));
    expect(steps(plan)).to.deep.equal(['apply Service kube-system/metrics-server']);
    expect(plan.unseen?.reason).to.equal('Forbidden');
  });

  const unanswered = {
    metrics: failed('i/o timeout'),
    apiService: {
      ...applied().apiService,
      metadata: { ...applied().apiService?.metadata, creationTimestamp: new Date('2026-01-01T11:58:00Z') },
    },
  };
  const refusal = { status: 'False' as const, reason: 'UnknownVersion' as const, message: 'x' };
  const helm = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'metrics-server', namespace: 'kube-system', managedFields: [{ manager: 'helm' }] },
  };
  const states: { when: string; state: Parameters<typeof someSeen>[0] }[] = [
    { when: 'the spec is refused', state: { refusal } },
    { when: 'an object is foreign', state: { live: { ...emptyLive, objects: [helm] } } },
    { when: 'it is paused', state: { spec: { mode: 'Paused' } } },
  ];
  for (const { when, state } of states) {
    const removal = ['remove APIService v1beta1.metrics.k8s.io'];
    it(`withdraws the APIService of a namespace that is being deleted, also when ${when}`, () => {
      const live = { ...emptyLive, ...state?.live, namespace: 'terminating' as const };
      expect(steps(planFor(someSeen({ ...applied(), ...state, live })))).to.deep.equal(removal);
    });
    it(`withdraws an APIService that has never answered, also when ${when}`, () => {
      expect(steps(planFor(someSeen({ ...unanswered, ...state })))).to.deep.equal(removal);
    });
  }

  it('does not take a probe that the operator may not make for a dead API', () => {
    const metrics = { is: 'forbidden' as const, message: 'is forbidden', atMs: 0 };
    const { live } = applied();
    expect(steps(planFor(someSeen({ ...unanswered, live, metrics })))).to.deep.equal([]);
  });

  it('does not touch the APIService of a config that is being orphaned, also where another one waits', () => {
    const { live, apiService } = applied({}, 'uid-orphaning');
    const plan = planFor(someSeen({ live, apiService, living: new Set(['uid-1', 'uid-orphaning']) }));
    expect(plan.steps).to.deep.equal([]);
    expect(plan.accepted).to.include({ reason: 'ForeignObject' });
  });

  it('withdraws the APIService of a config that is going, and says what holds the config', () => {
    const config = someConfig();
    const going = { ...config, metadata: { ...config.metadata, finalizers: ['example.com/backup'] } };
    const { apiService } = applied();
    const plan = planFor({ is: 'going', now: new Date(0), config: going, apiService });
    expect(steps(plan)).to.deep.equal(['remove APIService v1beta1.metrics.k8s.io']);
    expect(plan.accepted).to.include({ reason: 'Deleting' });
    expect(plan.accepted.message).to.include('example.com/backup');
  });
});
