import type { V1Deployment, V1Pod } from '@kubernetes/client-node';
import { expect } from 'chai';
import type { Outcome } from '../../src/controllers/apply.ts';
import { ownedBy } from '../../src/controllers/ownership.ts';
import { planFor } from '../../src/controllers/plan.ts';
import { statusFrom } from '../../src/controllers/status.ts';
import { conditionTypes } from '../../src/crds/findings.ts';
import type { Condition } from '../../src/crds/status.ts';
import { MetricsServerConfigStatusSchema } from '../../src/crds/status.ts';
import { failed } from '../health/some-facts.ts';
import { appliedObjects, emptyLive, someConfig, someSeen } from './some-seen.ts';

const before = '2025-12-31T00:00:00Z';

function statusWith(conditions: Condition[]) {
  const seen = someSeen({ config: { ...someConfig(), status: { conditions } } });
  return statusFrom(seen, planFor(seen), []);
}

const ready = (status: Condition['status']): Condition => ({
  type: 'Ready',
  status,
  reason: 'X',
  message: '',
  lastTransitionTime: before,
});

describe('the status', () => {
  it('has every condition from the first write, and fits its own schema', () => {
    const status = statusWith([]);
    expect(status?.conditions?.map(({ type }) => type)).to.deep.equal([...conditionTypes]);
    expect(MetricsServerConfigStatusSchema.safeParse(status).success).to.equal(true);
  });

  it('keeps the transition time while a condition stays as it is', () => {
    expect(statusWith([ready('False')])?.conditions?.[0]?.lastTransitionTime).to.equal(before);
  });

  it('sets the transition time when a condition changes', () => {
    expect(statusWith([ready('True')])?.conditions?.[0]?.lastTransitionTime).to.equal('2026-01-01T12:00:00Z');
  });

  it('calls a person once Ready has been False for more than five minutes, as it was stored', () => {
    const answers = (minutes: number) => {
      const lastTransitionTime = new Date(
        Date.parse('2026-01-01T12:00:00Z') - minutes * 60_000,
      ).toISOString();
      const conditions = conditionTypes.map((type) => {
        const status = ['Accepted', 'Applied', 'Available'].includes(type) ? 'True' : 'False';
        const at = status === 'True' ? before : lastTransitionTime;
        return { type, status, reason: 'X', message: '', lastTransitionTime: at } as const;
      });
      const objects = appliedObjects();
      const status = { observedGeneration: 1, replicas: 1, updatedReplicas: 1, readyReplicas: 1 };
      const there = objects.find(({ kind }) => kind === 'Deployment');
      const deployment = there && { ...there, metadata: { ...there.metadata, generation: 1 }, status };
      const apiService = objects.find(({ kind }) => kind === 'APIService');
      const seen = someSeen({
        config: { ...someConfig(), status: { conditions } },
        live: { ...emptyLive, objects, deployment },
        apiService,
        metrics: failed('i/o timeout', { hasAnswered: true }),
      });
      const is = statusFrom(seen, planFor(seen), [])?.conditions;
      return is?.find(({ type }) => type === 'Stalled');
    };
    expect(answers(4)).to.include({ status: 'False', reason: 'NotStalled' });
    expect(answers(6)).to.include({ status: 'True', reason: 'NeedsAttention' });
  });

  it('tells which generation of the spec it is about', () => {
    expect(statusWith([])?.observedGeneration).to.equal(1);
  });

  it('calls a Deployment that was just changed a rollout, whatever its status and its old pods still say', () => {
    const object = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'metrics-server' } };
    const deploymentOf = (image: string, generation: number, replicas: object): V1Deployment => ({
      ...object,
      metadata: { ...ownedBy(someConfig(), {}).metadata, name: 'metrics-server', generation },
      spec: {
        replicas: 1,
        selector: {},
        template: { spec: { containers: [{ name: 'metrics-server', image }] } },
      },
      status: { observedGeneration: 1, replicas: 1, ...replicas },
    });
    const available = (before: V1Deployment, written?: V1Deployment, pods: V1Pod[] = []) => {
      const seen = someSeen({ live: { ...emptyLive, deployment: before, pods } });
      const step = { action: 'apply' as const, object, over: object, because: 'spec' };
      const status = statusFrom(seen, planFor(seen), written ? [{ is: 'done', step, written }] : []);
      return status?.conditions?.find(({ type }) => type === 'Available')?.reason;
    };
    const ready = { updatedReplicas: 1, readyReplicas: 1 };
    expect(available(deploymentOf('a', 1, ready))).to.equal('PodsReady');
    expect(available(deploymentOf('a', 1, ready), deploymentOf('b', 2, ready))).to.equal('RollingOut');
    expect(available(deploymentOf('a', 1, ready), deploymentOf('a', 1, ready)), 'its labels').to.equal(
      'PodsReady',
    );

    const waiting = { reason: 'ImagePullBackOff', message: 'not found' };
    const container = { name: 'metrics-server', image: 'a', imageID: '', ready: false, restartCount: 0 };
    const cannotPull = {
      metadata: { name: 'old' },
      spec: { containers: [{ name: 'metrics-server', image: 'a' }] },
      status: { containerStatuses: [{ ...container, state: { waiting } }] },
    };
    const old = { updatedReplicas: 1 };
    expect(available(deploymentOf('a', 1, old), undefined, [cannotPull])).to.equal('ImagePullFailed');
    const isWritten = available(deploymentOf('a', 1, old), deploymentOf('b', 2, old), [cannotPull]);
    expect(isWritten).to.equal('Starting');
    expect(available(deploymentOf('b', 2, old), undefined, [cannotPull]), 'nobody saw it').to.equal(
      'Starting',
    );
    const withoutPod = deploymentOf('b', 1, {});
    expect(available(withoutPod, undefined, [cannotPull]), 'no pod yet').to.equal('Starting');
  });

  it('shows what a pod runs that stays, not one that is ending', () => {
    const podWith = (image: string, deletionTimestamp?: Date): V1Pod => {
      const container = { name: 'metrics-server', image, imageID: image, ready: true, restartCount: 0 };
      return {
        metadata: { name: image, deletionTimestamp, labels: { 'app.kubernetes.io/version': image } },
        spec: { containers: [{ name: 'metrics-server', image }] },
        status: { containerStatuses: [container], conditions: [{ type: 'Ready', status: 'True' }] },
      };
    };
    const deployment: V1Deployment | undefined = appliedObjects().find(({ kind }) => kind === 'Deployment');
    const pods = [podWith('ending', new Date(before)), podWith('staying')];
    const shown = (all: V1Pod[]) => {
      const seen = someSeen({ live: { ...emptyLive, deployment, pods: all } });
      const status = statusFrom(seen, planFor(seen), []);
      return [status?.image?.reference, status?.version];
    };
    expect(shown(pods)).to.deep.equal(['staying', 'staying']);
    expect(shown(pods.slice(0, 1)), 'it serves as long as it is there').to.deep.equal(['ending', 'ending']);
  });

  it('is left to the next look where someone wrote in between', () => {
    const seen = someSeen();
    const outcomes = planFor(seen).steps.map((step): Outcome => ({ step, is: 'changed' }));
    expect(statusFrom(seen, planFor(seen), outcomes)).to.equal(undefined);
  });

  it('does not call a cluster empty whose nodes may not be seen', () => {
    const refused = [{ what: 'Nodes', message: 'forbidden' }];
    const seen = someSeen({
      live: { ...emptyLive, refused },
      metrics: { is: 'answered', samples: [], atMs: 0 },
    });
    const status = statusFrom(seen, planFor(seen), []);
    const scraping = status?.conditions?.find(({ type }) => type === 'Scraping');
    expect(scraping).to.include({ status: 'Unknown', reason: 'NotMeasured' });
    expect(status).not.to.have.property('nodes');
  });

  it('has no counts of nodes where nothing was measured', () =>
    expect(statusWith([])).not.to.have.property('nodes'));
});
