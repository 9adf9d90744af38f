import type { KubernetesObject } from '@kubernetes/client-node';
import { expect } from 'chai';
import { startControlPlane } from '../../../local-cluster/control-plane.ts';
import type { LocalCluster } from '../../../local-cluster/local-cluster.ts';
import { differences } from '../../../src/controllers/differ.ts';
import { ownedBy } from '../../../src/controllers/ownership.ts';
import { manager, title } from '../../../src/resources/names.ts';
import { objects } from '../../../src/resources/objects.ts';
import { someConfig } from '../../controllers/some-seen.ts';
import { someSpec } from '../../crds/some-spec.ts';
import { goldenConfigs } from '../../resources/golden-configs.ts';
import { installCertManagerKinds } from '../cert-manager.ts';
import { stateFolder } from '../state-folder.ts';

type Path = (string | number)[];

/** Every way from the root to something that has nothing below it. */
function leaves(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return entries.length === 0 ? [path] : entries.flatMap(([key, child]) => leaves(child, [...path, key]));
}

/** A copy of the live object in which a leaf of the desired one is changed or gone. */
function without(live: unknown, path: Path, leaf: 'changed' | 'gone'): unknown {
  const copy: unknown = structuredClone(live);
  const parent = path.slice(0, -1).reduce<unknown>((at, key) => Reflect.get(Object(at), key), copy);
  const key = path.at(-1) ?? '';
  if (typeof parent !== 'object' || parent === null) return copy;
  if (leaf === 'changed') Reflect.set(parent, key, 'something else');
  else if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else Reflect.deleteProperty(parent, key);
  return copy;
}

describe('the difference, on a real API server', function () {
  this.timeout(60_000);
  let cluster: LocalCluster;

  before(async function () {
    this.timeout(900_000); // the first run builds the API server
    cluster = await startControlPlane({ state: stateFolder('differ'), say: console.log });
    await installCertManagerKinds(cluster);
  });
  after(() => cluster?.down());

  for (const { file, name, spec } of goldenConfigs) {
    const desired = objects(name, someSpec({ ...spec, namespace: 'kube-system' }));
    for (const object of desired.map((one) => ownedBy(someConfig(), one))) {
      it(`of ${title(object)} (${file}) is none after an apply, and is seen for every leaf that is changed or gone`, async () => {
        const live: KubernetesObject = JSON.parse(
          await cluster.kubectl(
            [
              ...['apply', '--server-side', '--force-conflicts', `--field-manager=${manager}`],
              '-o',
              'json',
              '-f',
              '-',
            ],
            { input: JSON.stringify(object) },
          ),
        );
        expect(differences(object, live)).to.deep.equal([]);
        const found = leaves(JSON.parse(JSON.stringify(object)));
        expect(found.length).to.be.greaterThan(5);
        const overlooked = found.flatMap((path) =>
          (['changed', 'gone'] as const)
            .filter((leaf) => differences(object, without(live, path, leaf)).length === 0)
            .map((leaf) => `${leaf}: ${path.join('.')}`),
        );
        expect(overlooked).to.deep.equal([]);
      });
    }
  }
});
