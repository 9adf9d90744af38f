import type { V1Deployment, V1Pod } from '@kubernetes/client-node';
import { expect } from 'chai';
import { chosenImage } from '../../src/controllers/images.ts';
import { planFor } from '../../src/controllers/plan.ts';
import { withTemplateHash } from '../../src/controllers/template.ts';
import { now } from '../health/some-facts.ts';
import { appliedObjects, emptyLive, someSeen } from './some-seen.ts';

const [first, second, last] = ['a.example.com/ms', 'b.example.com/ms', 'c.example.com/ms'];
const spec = { image: { mirrors: [first, second], repository: last } };
const minutesAgo = (minutes: number) => new Date(now.getTime() - minutes * 60_000).toISOString();

/** The hash that the annotation must have to count for this spec. */
function hashOfSpec(): string {
  const { memory } = chosenImage(seenWith(`${first}:v0.9.0`, [pod(`${first}:v0.9.0`, 'ErrImagePull')]));
  return memory?.of ?? '';
}

function noteOf(failed: { reference: string; minutes: number }[], of = hashOfSpec()): string {
  const entries = failed.map(({ reference, minutes }) => ({
    reference: `${reference}:v0.9.0`,
    error: 'not found',
    at: minutesAgo(minutes),
  }));
  return JSON.stringify({ of, failed: entries });
}

function pod(image: string, waiting?: string, message = 'not found'): V1Pod {
  const state = waiting === undefined ? { running: {} } : { waiting: { reason: waiting, message } };
  const container = { name: 'metrics-server', image, imageID: '', ready: !waiting, restartCount: 0, state };
  return {
    metadata: { name: 'pod' },
    spec: { containers: [{ name: 'metrics-server', image }] },
    status: { containerStatuses: [container] },
  };
}

const readyPod = (image: string): V1Pod => ({
  ...pod(image),
  status: { ...pod(image).status, conditions: [{ type: 'Ready', status: 'True' }] },
});

/** A Deployment that runs an image, with what its annotation says and with its pods. */
function seenWith(image: string, pods: V1Pod[], note?: string, wanted: object = spec, was: object = spec) {
  const objects = appliedObjects(was);
  const applied: V1Deployment | undefined = objects.find(({ kind }) => kind === 'Deployment');
  const template = applied?.spec?.template;
  const containers = (template?.spec?.containers ?? []).map((container) => ({ ...container, image }));
  const deployment = withTemplateHash({
    ...applied,
    metadata: {
      ...applied?.metadata,
      annotations: { ...applied?.metadata?.annotations, ...(note && { 'metrics-server.io/images': note }) },
    },
    spec: {
      selector: {},
      ...applied?.spec,
      template: { ...template, spec: { ...template?.spec, containers } },
    },
  });
  const others = objects.filter(({ kind }) => kind !== 'Deployment');
  return someSeen({
    spec: wanted,
    live: { ...emptyLive, deployment, objects: [...others, deployment], pods },
  });
}

const used = (seen: ReturnType<typeof seenWith>) => chosenImage(seen).source.reference.replace(':v0.9.0', '');

describe('the place of the image', () => {
  it('is the first one at first', () => {
    expect(chosenImage(someSeen({ spec })).source).to.deep.equal({
      reference: `${first}:v0.9.0`,
      mirror: first,
    });
  });

  it('stays while the pods have it, or are about to', () => {
    expect(used(seenWith(`${first}:v0.9.0`, [pod(`${first}:v0.9.0`)]))).to.equal(first);
    expect(used(seenWith(`${first}:v0.9.0`, [pod(`${first}:v0.9.0`, 'ContainerCreating')]))).to.equal(first);
  });

  for (const reason of ['ErrImagePull', 'ImagePullBackOff', 'InvalidImageName', 'ErrImageNeverPull']) {
    it(`is the next one when a pod says ${reason}`, () => {
      const choice = chosenImage(seenWith(`${first}:v0.9.0`, [pod(`${first}:v0.9.0`, reason)]));
      expect(choice.source.mirror).to.equal(second);
      expect(choice.move).to.deep.equal({
        from: `${first}:v0.9.0`,
        to: `${second}:v0.9.0`,
        error: 'not found',
      });
    });
  }

  it('is told and remembered in the very write that changes the image', () => {
    const [step, ...others] = planFor(
      seenWith(`${first}:v0.9.0`, [pod(`${first}:v0.9.0`, 'ErrImagePull')]),
    ).steps;
    expect(others).to.deep.equal([]);
    expect(step?.object.metadata?.annotations?.['metrics-server.io/images']).to.include(`${first}:v0.9.0`);
    expect(JSON.stringify(step?.object)).to.include(`"image":"${second}:v0.9.0"`);
    expect(JSON.stringify(step)).to.include('"error":"not found"');
  });

  it('does not move for a pod of an image that was given up', () => {
    const pods = [pod(`${first}:v0.9.0`, 'ImagePullBackOff'), pod(`${second}:v0.9.0`)];
    const note = noteOf([{ reference: first, minutes: 1 }]);
    expect(used(seenWith(`${second}:v0.9.0`, pods, note))).to.equal(second);
  });

  it('is the repository when all mirrors have failed', () => {
    const note = noteOf([{ reference: first, minutes: 1 }]);
    expect(used(seenWith(`${second}:v0.9.0`, [pod(`${second}:v0.9.0`, 'ErrImagePull')], note))).to.equal(
      last,
    );
  });

  const both = [first, second];
  it('stays the last one when it fails too, until ten minutes later all are tried again', () => {
    const failing = [pod(`${last}:v0.9.0`, 'ImagePullBackOff')];
    const at = (minutes: number) => noteOf(both.map((reference) => ({ reference, minutes })));
    expect(used(seenWith(`${last}:v0.9.0`, failing, at(9)))).to.equal(last);
    expect(used(seenWith(`${last}:v0.9.0`, failing, at(11)))).to.equal(first);
  });

  it('stays the only one there is, and nothing is written for it again and again', () => {
    const only = { image: { repository: first } };
    const seen = seenWith(`${first}:v0.9.0`, [pod(`${first}:v0.9.0`, 'ImagePullBackOff')], undefined, only);
    expect(chosenImage(seen)).to.deep.include({ memory: undefined, move: undefined });
  });

  it('stays the last one while a pod of it serves, though another node cannot have it', () => {
    const pods = [pod(`${last}:v0.9.0`), pod(`${last}:v0.9.0`, 'ImagePullBackOff')];
    const note = noteOf(both.map((reference) => ({ reference, minutes: 11 })));
    expect(used(seenWith(`${last}:v0.9.0`, pods, note))).to.equal(last);
  });

  it('never goes back just to try', () => {
    const note = noteOf([{ reference: first, minutes: 600 }]);
    const seen = seenWith(`${second}:v0.9.0`, [pod(`${second}:v0.9.0`)], note);
    expect(used(seen)).to.equal(second);
    expect(planFor(seen).steps.map(({ object }) => object.kind)).not.to.include('Pod');
  });

  it('goes back with another change of the template, if the failure is an hour old', () => {
    const changed = { ...spec, resolution: '30s' };
    const at = (minutes: number) =>
      seenWith(
        `${second}:v0.9.0`,
        [pod(`${second}:v0.9.0`)],
        noteOf([{ reference: first, minutes }]),
        changed,
      );
    expect(used(at(59))).to.equal(second);
    expect(used(at(61))).to.equal(first);
    expect(chosenImage(at(61)).memory).to.equal(undefined);
  });

  it('goes back also with a change that only takes something away from the template', () => {
    const before = { ...spec, scheduling: { tolerations: [{ operator: 'Exists' }] } };
    const note = noteOf([{ reference: first, minutes: 61 }]);
    const pods = [pod(`${second}:v0.9.0`)];
    expect(used(seenWith(`${second}:v0.9.0`, pods, note, before, before))).to.equal(second);
    expect(used(seenWith(`${second}:v0.9.0`, pods, note, spec, before))).to.equal(first);
  });

  it('is looked for anew, ten minutes after the last failures, where another image runs: after a rollback', () => {
    const begunAfter = (minutes: number) =>
      used(
        seenWith('old:v1', [readyPod('old:v1')], noteOf(both.map((reference) => ({ reference, minutes })))),
      );
    expect(begunAfter(9)).to.equal(last);
    expect(begunAfter(11)).to.equal(first);
    const seen = seenWith('old:v1', [], noteOf(both.map((reference) => ({ reference, minutes: 1 }))));
    const { config } = seen;
    const annotations = { 'metrics-server.io/retry': '1' };
    const asked = { ...seen, config: { ...config, metadata: { ...config.metadata, annotations } } };
    expect(used(asked), 'at once, where someone asks for it').to.equal(first);
    expect(chosenImage(asked).memory).to.equal(undefined);
  });

  it('is not given up for a pod of an older template: one that goes, or lacks a pull secret that was added', () => {
    const going = { ...pod(`${first}:v0.9.0`, 'ErrImagePull') };
    going.metadata = { ...going.metadata, deletionTimestamp: now };
    expect(used(seenWith(`${first}:v0.9.0`, [going]))).to.equal(first);
    const failing = [pod(`${first}:v0.9.0`, 'ImagePullBackOff')];
    const withSecret = { image: { ...spec.image, pullSecrets: [{ name: 'registry' }] } };
    for (const applied of [spec, withSecret]) {
      expect(used(seenWith(`${first}:v0.9.0`, failing, undefined, withSecret, applied))).to.equal(first);
    }
  });

  it('is not given up for one pod that just failed, while another one serves', () => {
    const failing = (seconds: number) => ({
      ...pod(`${first}:v0.9.0`, 'ErrImagePull'),
      metadata: { creationTimestamp: new Date(now.getTime() - seconds * 1000) },
    });
    const at = (seconds: number) =>
      used(seenWith(`${first}:v0.9.0`, [readyPod(`${first}:v0.9.0`), failing(seconds)]));
    expect(at(119)).to.equal(first);
    expect(at(121)).to.equal(second);
  });

  it('has a minute to prove itself when all are tried again', () => {
    const failing = [pod(`${first}:v0.9.0`, 'ImagePullBackOff')];
    const at = (seconds: number) => {
      const since = new Date(now.getTime() - seconds * 1000).toISOString();
      return used(
        seenWith(`${first}:v0.9.0`, failing, JSON.stringify({ of: hashOfSpec(), failed: [], since })),
      );
    };
    expect(at(59)).to.equal(first);
    expect(at(61)).to.equal(second);
  });

  it('has not failed if its pods run', () => {
    const note = noteOf([
      { reference: second, minutes: 1 },
      { reference: first, minutes: 1 },
    ]);
    const { memory } = chosenImage(seenWith(`${second}:v0.9.0`, [readyPod(`${second}:v0.9.0`)], note));
    expect(memory?.failed.map(({ reference }) => reference)).to.deep.equal([`${first}:v0.9.0`]);
  });

  it('is told with the cause only, not with what the runtime puts before it', () => {
    const said =
      'Back-off pulling image "a/b:v1": ErrImagePull: rpc error: code = Unknown desc = failed to pull and unpack image "a/b:v1": failed to resolve reference "a/b:v1": dial tcp 10.0.0.1:5000: connect: no route to host';
    const { move } = chosenImage(
      seenWith(`${first}:v0.9.0`, [pod(`${first}:v0.9.0`, 'ImagePullBackOff', said)]),
    );
    expect(move?.error).to.equal('dial tcp 10.0.0.1:5000: connect: no route to host');
  });

  it('is tried anew when the spec names other places, and what someone else wrote counts as nothing', () => {
    const image = { mirrors: ['d.example.com/ms', second], repository: last };
    const note = noteOf([{ reference: first, minutes: 1 }]);
    const pods = [pod(`${second}:v0.9.0`)];
    expect(used(seenWith(`${second}:v0.9.0`, pods, note, { image }))).to.equal('d.example.com/ms');
    expect(used(seenWith(`${second}:v0.9.0`, pods, '{"of":'))).to.equal(first);
  });
});
