import { expect } from 'chai';
import { claim, dueAtMs, farewell, heldMs, type LeaseObject, sightOf } from '../../src/platform/claim.ts';

const at = new Date('2026-11-28T12:00:00.123Z');

function someLease(spec: LeaseObject['spec'] = {}): LeaseObject {
  return {
    metadata: { uid: 'u', resourceVersion: '7' },
    spec: { leaseDurationSeconds: 15, leaseTransitions: 3, acquireTime: 'then', ...spec },
  };
}

describe('a claim to a Lease', () => {
  const seenAtMs = 1000;
  const cases = [
    { what: 'there is none', found: 'absent' as const, dueMs: 0 },
    { what: 'it has been given back', found: someLease({ holderIdentity: '' }), dueMs: 0 },
    { what: 'it names nobody', found: someLease(), dueMs: 0 },
    { what: 'somebody else has it', found: someLease({ holderIdentity: 'b' }), dueMs: 15_000 },
    {
      what: 'somebody else has it for longer',
      found: someLease({ holderIdentity: 'b', leaseDurationSeconds: 60 }),
      dueMs: 60_000,
    },
    {
      what: 'somebody has written by hand that it is held for a month',
      found: someLease({ holderIdentity: 'b', leaseDurationSeconds: 3_000_000 }),
      dueMs: 60_000,
    },
    {
      what: 'it was deleted before our eyes, for its holder may not know',
      found: 'deleted' as const,
      dueMs: 15_000,
    },
    { what: 'it is ours', found: someLease({ holderIdentity: 'a' }), isHeld: true, dueMs: 5000 },
    { what: 'it is ours and has lapsed', found: someLease({ holderIdentity: 'a' }), dueMs: 0 },
    {
      what: 'the clock of its holder is years behind',
      found: someLease({ holderIdentity: 'b', renewTime: '1999-01-01T00:00:00.000000Z' }),
      dueMs: 15_000,
    },
  ];
  for (const { what, found, isHeld = false, dueMs } of cases) {
    it(`may be made ${dueMs} ms after it was seen that ${what}`, () => {
      expect(dueAtMs(sightOf(found, 'a', seenAtMs), isHeld) - seenAtMs).to.equal(dueMs);
    });
  }

  it('comes from others long after its holder has stopped, and not before the holder has tried again', () => {
    const renewAfterMs = dueAtMs(sightOf(someLease({ holderIdentity: 'a' }), 'a', 0), true);
    const takeAfterMs = dueAtMs(sightOf(someLease({ holderIdentity: 'a' }), 'b', 0), false);
    expect(takeAfterMs - heldMs).to.be.at.least(5000);
    expect(heldMs).to.be.at.least(2 * renewAfterMs);
  });

  it('is refused by the API server where somebody else was quicker: it carries what was seen', () => {
    const { metadata, spec } = claim(sightOf(someLease({ holderIdentity: 'b' }), 'a', 0), 'a', at);
    expect(metadata).to.deep.equal({ uid: 'u', resourceVersion: '7' });
    expect(spec).to.deep.equal({
      holderIdentity: 'a',
      leaseDurationSeconds: 15,
      acquireTime: '2026-11-28T12:00:00.123000Z',
      renewTime: '2026-11-28T12:00:00.123000Z',
      leaseTransitions: 4,
    });
  });

  it('creates with a version that no object ever has, so that two cannot', () => {
    const { metadata, spec } = claim(sightOf('absent', 'a', 0), 'a', at);
    expect(metadata?.resourceVersion).to.equal('1');
    expect(spec?.leaseTransitions).to.equal(0);
  });

  it('that is a renewal keeps since when, and how many there were before', () => {
    const { spec } = claim(sightOf(someLease({ holderIdentity: 'a' }), 'a', 0), 'a', at);
    expect(spec).to.include({ acquireTime: 'then', leaseTransitions: 3 });
  });

  it('is given back with nobody in its place', () => {
    const { metadata, spec } = farewell(sightOf(someLease({ holderIdentity: 'a' }), 'a', 0), at);
    expect(metadata?.resourceVersion).to.equal('7');
    expect(spec).to.include({ holderIdentity: '', leaseDurationSeconds: 1, leaseTransitions: 3 });
  });
});
