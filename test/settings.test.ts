import { expect } from 'chai';
import { settings } from '../src/settings.ts';

describe('the settings', () => {
  it('log at level info unless told otherwise', () => expect(settings({}).logLevel).to.equal('info'));
  it('refuse an unknown level by name', () =>
    expect(() => settings({ LOG_LEVEL: 'loud' })).to.throw('LOG_LEVEL'));
});
