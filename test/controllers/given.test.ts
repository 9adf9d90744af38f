import { expect } from 'chai';
import { givenWatches } from '../../src/controllers/given.ts';
import type { ApiRequest, Connection } from '../../src/platform/connection.ts';
import { Refusal } from '../../src/platform/refusal.ts';
import { certManagerReferences } from '../../src/resources/cert-manager.ts';

const group = '/apis/cert-manager.io';
const secret = { apiVersion: 'v1', kind: 'Secret', name: 'tls', namespace: 'kube-system' };

describe('an object that a spec names and that may not be seen', () => {
  const ending = new AbortController();
  after(() => ending.abort());

  /** An operator without rights, at an API server that says so of the group. */
  function refusing(ofGroup: number) {
    const asked: string[] = [];
    const refuse = async ({ path }: ApiRequest): Promise<never> => {
      asked.push(path);
      throw new Refusal(path === group ? ofGroup : 403, '{"message":"no right"}');
    };
    const connection: Connection = {
      send: refuse,
      list: refuse,
      text: refuse,
      lines: refuse,
      authorities: async () => undefined,
      now: () => new Date(),
    };
    const parts = { connection, onTrouble: () => undefined, signal: ending.signal };
    const given = givenWatches({ ...parts, onLostProbe: () => undefined }, () => undefined);
    return { asked: () => asked.filter((path) => path === group).length, given };
  }

  it('is of an unknown kind where the API server does not know its group, whatever the rights are', async () => {
    const { given, asked } = refusing(404);
    const references = certManagerReferences('metrics-server', 'kube-system');
    for (const _look of [1, 2]) {
      const [certificate] = await given('metrics-server', references);
      expect(certificate).to.include({ isUnknownKind: true }).and.not.have.property('refused');
    }
    expect(asked(), 'how often it was asked').to.equal(1);
  });
  it('is refused where the group is there, or where that may not be known', async () => {
    for (const code of [403, 503]) {
      const [certificate] = await refusing(code).given('x', certManagerReferences('x', 'kube-system'));
      expect(certificate).to.include({ refused: 'no right' }).and.not.have.property('isUnknownKind');
    }
  });
  it('is refused where every API server knows its kind, which nobody asks', async () => {
    const { given, asked } = refusing(404);
    expect((await given('x', [secret]))[0]).to.include({ refused: 'no right' });
    expect(asked()).to.equal(0);
  });
});
