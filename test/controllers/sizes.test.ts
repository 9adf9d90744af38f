import type { V1Deployment, V1Pod } from '@kubernetes/client-node';
import { expect } from 'chai';
import type { SeenConfig } from '../../src/controllers/observe.ts';
import { planFor } from '../../src/controllers/plan.ts';
import { chosenSize } from '../../src/controllers/sizes.ts';
import { node } from '../health/some-facts.ts';
import { appliedObjects, emptyLive, someSeen } from './some-seen.ts';

const nodes = (count: number) => Array.from({ length: count }, (_, index) => node(`node-${index}`));

/** A Deployment of a size, in a cluster of so many nodes. */
function seenWith(at: {
  nodes: number;
  note?: object;
  pods?: V1Pod[];
  spec?: object;
  applied?: object;
}): SeenConfig {
  const notes = { Deployment: { ...(at.note && { 'metrics-server.io/size': JSON.stringify(at.note) }) } };
  const objects = appliedObjects(at.applied ?? {}, 'uid-1', notes);
  const applied: V1Deployment | undefined = objects.find(({ kind }) => kind === 'Deployment');
  return someSeen({
    spec: at.spec ?? {},
    nodes: nodes(at.nodes),
    live: { ...emptyLive, objects, deployment: applied, pods: at.pods ?? [] },
  });
}

/** A pod that ran out of memory then, and may have been given a limit by a LimitRange. */
function pod(changes: {
  outOfMemoryAt?: string;
  limit?: string;
  request?: string;
  annotations?: Record<string, string>;
}): V1Pod {
  const { outOfMemoryAt, limit, request = '200Mi', annotations } = changes;
  const lastState = outOfMemoryAt
    ? { terminated: { exitCode: 137, reason: 'OOMKilled', finishedAt: new Date(outOfMemoryAt) } }
    : {};
  const container = {
    name: 'metrics-server',
    image: '',
    imageID: '',
    ready: true,
    restartCount: 1,
    lastState,
  };
  const resources = { requests: { memory: request }, ...(limit && { limits: { memory: limit } }) };
  return {
    metadata: { annotations },
    spec: { containers: [{ name: 'metrics-server', resources }] },
    status: { containerStatuses: [container] },
  };
}

const requestsOf = (seen: SeenConfig) => chosenSize(seen).resources.requests;
// What a size of 200 nodes leads to.
const forTwoHundred = { resources: { mode: 'Fixed', requests: { cpu: '200m', memory: '400Mi' } } };
const noon = '2026-01-01T12:00:00.000Z';

describe('Auto resources', () => {
  const formula = [
    { count: 1, cpu: '100m', memory: '200Mi' },
    { count: 100, cpu: '100m', memory: '200Mi' },
    { count: 101, cpu: '200m', memory: '400Mi' },
    { count: 950, cpu: '1000m', memory: '2000Mi' },
  ];
  for (const { count, cpu, memory } of formula) {
    it(`are ${cpu} and ${memory} for ${count} nodes at first`, () => {
      expect(requestsOf(someSeen({ nodes: nodes(count) }))).to.deep.equal({ cpu, memory });
    });
  }

  it('have no limit', () => expect(chosenSize(someSeen()).resources).not.to.have.property('limits'));

  it('grow at the first node too many, and the size is remembered in the same write', () => {
    const [step] = planFor(seenWith({ nodes: 101 })).steps;
    expect(step?.object.metadata?.annotations?.['metrics-server.io/size']).to.equal(
      '{"nodes":200,"raised":0}',
    );
    expect(JSON.stringify(step?.object)).to.include('"memory":"400Mi"');
  });

  it('do not shrink alone, whatever nodes come and go', () => {
    for (const count of [199, 101, 100, 1]) {
      expect(
        requestsOf(seenWith({ nodes: count, note: { nodes: 200, raised: 0 }, applied: forTwoHundred }))?.[
          'memory'
        ],
      ).to.equal('400Mi');
    }
  });

  it('shrink when the pods are replaced anyway, and there is room', () => {
    const changed = { resolution: '30s' };
    const at = (count: number) =>
      requestsOf(
        seenWith({ nodes: count, note: { nodes: 200, raised: 0 }, applied: forTwoHundred, spec: changed }),
      )?.['memory'];
    expect(at(95)).to.equal('400Mi'); // five more, and it would grow again
    expect(at(90)).to.equal('200Mi');
  });

  it('are raised when the container ran out of memory, once for each time, and told', () => {
    const pods = [pod({ outOfMemoryAt: noon })];
    const choice = chosenSize(seenWith({ nodes: 3, pods }));
    expect(choice).to.deep.include({
      raisedTo: '300Mi',
      memory: { nodes: 100, raised: 1, outOfMemoryAt: noon },
    });
    const after = chosenSize(seenWith({ nodes: 3, pods, note: choice.memory }));
    expect(after.raisedTo).to.equal(undefined);
    expect(after.memory).to.deep.equal(choice.memory);
  });

  it('are raised three times at most', () => {
    const note = { nodes: 100, raised: 3, outOfMemoryAt: noon };
    const applied = { resources: { mode: 'Fixed', requests: { cpu: '100m', memory: '675Mi' } } };
    const pods = [pod({ outOfMemoryAt: '2026-01-01T13:00:00.000Z', request: '675Mi' })];
    const { resources, raisedTo } = chosenSize(seenWith({ nodes: 3, pods, note, applied }));
    expect(resources.requests?.['memory']).to.equal('675Mi');
    expect(raisedTo).to.equal(undefined);
  });

  it('limit memory where that is asked for, or where a LimitRange does', () => {
    const asked = chosenSize(someSeen({ spec: { resources: { mode: 'Auto', limitMemory: true } } }));
    expect(asked.resources.limits).to.deep.equal({ memory: '400Mi' });
    const seen = seenWith({ nodes: 3 });
    const message =
      'Pod "x" is invalid: requests: Invalid value: "200Mi": must be less than or equal to memory limit of 150Mi';
    const conditions = [{ type: 'ReplicaFailure', status: 'True', message }];
    const deployment = { ...seen.live.deployment, status: { conditions } };
    const refused = chosenSize({ ...seen, live: { ...seen.live, deployment } });
    expect(refused.resources.limits).to.deep.equal({ memory: '400Mi' });
    const after = chosenSize(seenWith({ nodes: 3, note: refused.memory ?? {} }));
    expect(after.resources.limits, 'it is remembered').to.deep.equal({ memory: '400Mi' });
  });

  it('lose a limit that was given by hand, or asked for before', () => {
    const fixed = { mode: 'Fixed', requests: { memory: '300Mi' }, limits: { memory: '300Mi' } };
    for (const resources of [fixed, { mode: 'Auto', limitMemory: true }]) {
      const seen = seenWith({ nodes: 3, applied: { resources } });
      expect(chosenSize(seen).resources).not.to.have.property('limits');
    }
  });

  it('do not limit memory because a LimitRange gave a running pod a limit: it may allow no more', () => {
    const ranged = chosenSize(seenWith({ nodes: 3, pods: [pod({ limit: '300Mi' })] }));
    expect(ranged.resources).not.to.have.property('limits');
  });

  it('are not raised again by a pod from before the last raise, which serves until the new one is ready', () => {
    const note = { nodes: 100, raised: 1, outOfMemoryAt: noon };
    const applied = { resources: { mode: 'Fixed', requests: { cpu: '100m', memory: '300Mi' } } };
    const late = '2026-01-01T12:01:00.000Z';
    const of = (request: string) =>
      chosenSize(seenWith({ nodes: 3, note, applied, pods: [pod({ outOfMemoryAt: late, request })] }))
        .raisedTo;
    expect(of('200Mi')).to.equal(undefined);
    expect(of('300Mi')).to.equal('450Mi');
  });

  it('stay as they are where a VerticalPodAutoscaler changes the pods', () => {
    for (const annotation of ['vpaUpdates', 'vpaInPlaceUpdated']) {
      const pods = [pod({ outOfMemoryAt: noon, annotations: { [annotation]: 'true' } })];
      expect(requestsOf(seenWith({ nodes: 500, pods }))?.['memory']).to.equal('200Mi');
    }
  });

  it('are not touched with mode Fixed or External', () => {
    const fixed = { mode: 'Fixed', requests: { memory: '1Gi' } };
    expect(
      chosenSize(someSeen({ nodes: nodes(500), spec: { resources: fixed } })).resources.requests,
    ).to.deep.equal({
      memory: '1Gi',
    });
    const external = planFor(someSeen({ spec: { resources: { mode: 'External' } } })).steps;
    const deployment: V1Deployment | undefined = external.find(
      ({ object }) => object.kind === 'Deployment',
    )?.object;
    expect(deployment?.spec?.template.spec?.containers[0]).not.to.have.property('resources');
  });
});
