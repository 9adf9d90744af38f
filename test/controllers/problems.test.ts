import { expect } from 'chai';
import { isStarving } from '../../src/controllers/autoscalers.ts';
import { planFor } from '../../src/controllers/plan.ts';
import { statusFrom } from '../../src/controllers/status.ts';
import { othersSubject } from '../../src/controllers/subject.ts';
import type { Problem } from '../../src/crds/status.ts';
import { someSpec } from '../crds/some-spec.ts';
import { answered, failed, node, sampled } from '../health/some-facts.ts';
import { appliedObjects, emptyLive, someConfig, someSeen } from './some-seen.ts';

type Changes = NonNullable<Parameters<typeof someSeen>[0]>;

const apiService = {
  apiVersion: 'apiregistration.k8s.io/v1',
  kind: 'APIService',
  metadata: { name: 'v1beta1.metrics.k8s.io', creationTimestamp: new Date(0) },
};

/** What the status lists where one pod serves two nodes and more, changed only where a test cares. */
function problems(changes: Changes, before: Problem[] = []): Problem[] {
  const pod = {
    metadata: { name: 'p' },
    spec: { containers: [] },
    status: {
      containerStatuses: [{ name: 'metrics-server', image: '', imageID: '', ready: true, restartCount: 0 }],
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  };
  const objects = appliedObjects();
  const deployment = objects.find(({ kind }) => kind === 'Deployment');
  const status = { observedGeneration: 1, replicas: 1, updatedReplicas: 1, readyReplicas: 1 };
  const up = deployment && { ...deployment, metadata: { ...deployment.metadata, generation: 1 }, status };
  const seen = someSeen({
    apiService,
    config: { ...someConfig(), status: { conditions: [], problems: before } },
    live: { ...emptyLive, objects, deployment: up, pods: [pod] },
    ...changes,
  });
  return statusFrom(seen, planFor(seen), [])?.problems ?? [];
}

const nodes = [...'abcdefghijklmn'].map((name) => node(name));
const errors = (names: string, error: string) => [...names].map((name) => ({ node: name, error, times: 2 }));

describe('the problems in the status', () => {
  it('are none where all is well', () =>
    expect(problems({ nodes: nodes.slice(0, 1), metrics: answered(sampled('a')) })).to.deep.equal([]));

  it('are also an APIService that is gone while nothing may be set right, and how it may', () => {
    const gone = { apiService: undefined, metrics: { is: 'unregistered' as const } };
    expect(problems({ ...gone, nodes: [] }), 'it is on its way').to.deep.equal([]);
    const [problem, ...others] = problems({ ...gone, nodes: [], spec: { mode: 'Paused' } });
    expect(problem).to.include({ reason: 'NotRegistered' });
    expect(problem?.remedy).to.include(
      `spec.mode is Paused, so nothing is set right, nor what is changed in the spec carried out: kubectl patch msc metrics-server --type=merge -p '{"spec":{"mode":"Manage"}}'.`,
    );
    expect(others).to.deep.equal([]);
  });

  it('are the nodes by reason, ten of each and how many there are, with what to do', () => {
    const log = {
      is: 'read' as const,
      errors: [
        ...errors('bcdefghijklm', 'connect: connection refused'),
        ...errors('n', 'request failed, status: "401 Unauthorized"'),
      ],
    };
    const [refused, unauthorized, ...others] = problems({ nodes, metrics: answered(sampled('a')), log });
    expect(refused).to.include({
      reason: 'KubeletRefused',
      count: 12,
      message: 'connect: connection refused',
    });
    expect(refused?.nodes).to.deep.equal([...'bcdefghijk']);
    expect(refused?.remedy).to.include('systemctl status kubelet');
    expect(unauthorized).to.include({ reason: 'KubeletUnauthorized', count: 1 });
    expect(unauthorized?.remedy)
      .to.include('authentication.webhook.enabled: true')
      .and.not.include('systemctl');
    expect(others).to.deep.equal([]);
  });

  it('tell a node that is down from one that nobody can explain', () => {
    const some = [node('a'), node('b', { isReady: false }), node('c')];
    const listed = problems({ nodes: some, metrics: answered(sampled('a')) });
    expect(listed.map(({ reason, nodes: names }) => [reason, names])).to.deep.equal([
      ['NodesMissing', ['c']],
      ['NodeNotReady', ['b']],
    ]);
  });

  it('are since when they were first said', () => {
    const seen = { nodes: [node('a'), node('c')], metrics: answered(sampled('a')) };
    const [first] = problems(seen);
    expect(first?.since).to.equal('2026-01-01T12:00:00Z');
    const since = '2025-12-31T00:00:00Z';
    const [again] = problems(seen, first && [{ ...first, since, message: 'other words' }]);
    expect(again?.since).to.equal(since);
  });

  it('have what others follow from only: nobody answers where no pod is ready', () => {
    const metrics = failed('the server is currently unable to handle the request');
    expect(problems({ nodes, metrics }).map(({ reason }) => reason)).to.deep.equal(['NotAnswering']);
    const live = { ...emptyLive, objects: appliedObjects() };
    const deployment = {
      ...appliedObjects().find(({ kind }) => kind === 'Deployment'),
      status: { conditions: [{ type: 'ReplicaFailure', status: 'True', message: 'exceeded quota' }] },
    };
    const rejected = problems({ nodes, metrics, live: { ...live, deployment } });
    expect(rejected.map(({ reason }) => reason)).to.deep.equal(['PodRejected']);
    expect(rejected[0]?.message).to.include('exceeded quota');
  });

  it('are told of answers that do not come also where nobody sees who should give them', () => {
    const others = othersSubject(
      { is: 'outOfSight', because: 'it is hidden' },
      someSpec({ mode: 'Observe' }),
      {
        configs: [],
        nodes: [],
      },
    );
    const metrics = failed('error trying to reach service: dial tcp 10.0.0.1:443: i/o timeout');
    const found = problems({ spec: { mode: 'Observe' }, others, metrics });
    expect(found.map(({ reason }) => reason)).to.deep.equal(['AggregatorTimeout']);
  });

  it('end with the autoscalers that suffer, if there are any', () => {
    const metrics = failed('the server is currently unable to handle the request');
    const names = Array.from({ length: 12 }, (_, index) => `shop/web-${index}`);
    const listed = problems({ nodes, metrics, starving: { names } });
    expect(listed.map(({ reason }) => reason)).to.deep.equal(['NotAnswering', 'AutoscalersStarving']);
    expect(listed[1]?.message).to.include('shop/web-0, ').and.include('shop/web-9 and 2 more cannot scale');
    expect(problems({ nodes, metrics, starving: { names: [] } })).to.have.length(1);
  });
});

describe('an autoscaler', () => {
  const of = (status: string, message: string) => ({
    status: { conditions: [{ type: 'ScalingActive', status, message }], desiredReplicas: 1 },
  });
  it('suffers where it gets no metrics, and not where its pods ask for no CPU', () => {
    const unable =
      'the HPA was unable to compute the replica count: failed to get cpu utilization: unable to fetch metrics from resource metrics API: the server is currently unable to handle the request (get pods.metrics.k8s.io)';
    expect(isStarving(of('False', unable))).to.equal(true);
    expect(isStarving(of('True', unable))).to.equal(false);
    expect(isStarving(of('False', 'missing request for cpu in container c of Pod p'))).to.equal(false);
    expect(isStarving({})).to.equal(false);
  });
});
