import { expect } from 'chai';
import { Refusal } from '../../src/platform/refusal.ts';

const conflict = (reason: string) =>
  JSON.stringify({ message: 'no', details: { causes: [{ reason, field: '.spec' }] } });

describe('a refusal of the API server', () => {
  const cases = [
    { code: 401, body: '', why: 'unauthenticated' },
    { code: 403, body: '', why: 'forbidden' },
    { code: 404, body: '', why: 'absent' },
    { code: 409, body: conflict('FieldManagerConflict'), why: 'contested' },
    { code: 409, body: '{}', why: 'changed' },
    { code: 410, body: '', why: 'expired' },
    { code: 422, body: '', why: 'invalid' },
    { code: 429, body: '', why: 'busy' },
    { code: 503, body: 'error trying to reach service: EOF', why: 'broken' },
  ];
  for (const { code, body, why } of cases) {
    it(`says ${why} for ${code} ${body}`, () => expect(new Refusal(code, body).why).to.equal(why));
  }

  it('carries the words of the Status, not its JSON', () => {
    expect(new Refusal(422, JSON.stringify({ message: 'too many' })).message).to.equal('too many');
  });
  it('carries plain text as it is', () =>
    expect(new Refusal(503, 'service unavailable\n').message).to.equal('service unavailable'));
  it('knows how long to wait', () => {
    expect(new Refusal(429, '', '3').retryAfterMs).to.equal(3000);
    expect(new Refusal(429, JSON.stringify({ details: { retryAfterSeconds: 2 } })).retryAfterMs).to.equal(
      2000,
    );
  });
});
