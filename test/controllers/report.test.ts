import { expect } from 'chai';
import { news } from '../../src/controllers/report.ts';
import { MetricsServerConfigStatusSchema } from '../../src/crds/status.ts';

describe('the log of a status that is written', () => {
  it('names every field that came, went or changed, and no other: no write is without a reason', () => {
    const fields = Object.keys(MetricsServerConfigStatusSchema.shape).filter((one) => one !== 'conditions');
    expect(fields).to.include.members(['observedGeneration', 'nodes', 'problems']);
    for (const field of fields) {
      expect(news({ conditions: [] }, { conditions: [], [field]: 1 }), field).to.deep.equal([field]);
      expect(news({ [field]: 1 }, {}), field).to.deep.equal([field]);
      expect(news({ [field]: 1 }, { [field]: 1 }), field).to.deep.equal([]);
    }
  });
});
