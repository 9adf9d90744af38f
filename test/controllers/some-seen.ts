import type { KubernetesObject } from '@kubernetes/client-node';
import type { Live } from '../../src/controllers/cluster.ts';
import type { SeenConfig } from '../../src/controllers/observe.ts';
import { ownedBy } from '../../src/controllers/ownership.ts';
import { noPast } from '../../src/controllers/past.ts';
import { withTemplateHash } from '../../src/controllers/template.ts';
import { apiVersion, kind, type MetricsServerConfig } from '../../src/crds/metrics-server-config.ts';
import { objects } from '../../src/resources/objects.ts';
import { plain, someSpec } from '../crds/some-spec.ts';
import { now } from '../health/some-facts.ts';

export function someConfig(spec: object = {}, uid = 'uid-1'): MetricsServerConfig {
  return { apiVersion, kind, metadata: { name: 'metrics-server', uid, generation: 1 }, spec };
}

/** What a look sees right after a config was created, changed only where a test cares. */
export function someSeen(changes: Partial<Omit<SeenConfig, 'spec'>> & { spec?: object } = {}): SeenConfig {
  const { spec = {}, ...rest } = changes;
  return {
    is: 'readable',
    now,
    config: someConfig(spec),
    live: emptyLive,
    apiService: undefined,
    nodes: [],
    metrics: { is: 'unregistered' },
    log: { is: 'unread' },
    living: new Set(['uid-1']),
    past: noPast,
    ...rest,
    spec: someSpec(plain(spec)),
  };
}

export const emptyLive: Live = {
  objects: [],
  others: [],
  releases: ['metrics-server'],
  place: 'metrics-server',
  deployment: undefined,
  given: [],
  pods: [],
  replicaSets: [],
  endpointSlices: [],
  namespace: 'active',
  refused: [],
};

/** Every object as it is once applied; `uid` is that of the config they belong to, `notes` are annotations by kind. */
export function appliedObjects(
  spec: object = {},
  uid = 'uid-1',
  notes: Record<string, Record<string, string>> = {},
): KubernetesObject[] {
  return objects('metrics-server', someSpec(plain(spec)))
    .map((object) => {
      const annotations = notes[object.kind ?? ''];
      return annotations ? { ...object, metadata: { ...object.metadata, annotations } } : object;
    })
    .map((object) => (object.kind === 'Deployment' ? withTemplateHash(object) : object))
    .map((object) => ownedBy(someConfig(spec, uid), object))
    .map((object) => ({
      ...object,
      metadata: {
        ...object.metadata,
        resourceVersion: '7',
        managedFields: [{ manager: 'metrics-server-operator' }],
      },
    }));
}
