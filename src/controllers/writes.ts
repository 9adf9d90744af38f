import type { KubernetesObject } from '@kubernetes/client-node';
import { apiVersion, kind, type MetricsServerConfig } from '../crds/metrics-server-config.ts';
import type { Connection } from '../platform/connection.ts';
import { versionOfNone } from '../platform/copy.ts';
import { objectPath, referenceOf } from '../platform/paths.ts';
import type { Store } from '../platform/watch.ts';
import { manager } from '../resources/names.ts';
import type { Cluster } from './cluster.ts';
import { secretData } from './issue.ts';

interface Parts {
  connection: Connection;
  configs: Store<MetricsServerConfig>;
  /** A write that was carried out. */
  onWrite: (verb: string, object: KubernetesObject, because: string[]) => void;
}

const mustNotExist = { resourceVersion: versionOfNone };

// The API server may wait 30 s for a webhook; whoever gives up before learns nothing.
const writeTimeoutMs = 35_000;

/** The one place that writes. What the API server answers goes into the copies: the next look sees it, though the watch may be late. */
export function writes(
  { connection, configs, onWrite }: Parts,
  remember: (written: KubernetesObject) => void,
): Pick<Cluster, 'apply' | 'patch' | 'issue' | 'remove' | 'writeStatus'> {
  const applyPatch = (path: string, body: object, force: boolean) =>
    connection.send<KubernetesObject>({
      method: 'PATCH',
      path,
      query: { fieldManager: manager, force },
      contentType: 'application/apply-patch+yaml',
      body,
      timeoutMs: writeTimeoutMs,
    });

  const apply: Cluster['apply'] = async (object, over, because) => {
    const { uid, resourceVersion } = over?.metadata ?? {};
    const fence = over === undefined ? mustNotExist : { uid, resourceVersion };
    const body = { ...object, metadata: { ...object.metadata, ...fence } };
    const written = await applyPatch(objectPath(referenceOf(object)), body, over !== undefined);
    remember(written);
    onWrite(over === undefined ? 'created' : 'applied', object, [because]);
    return written;
  };
  return {
    apply,
    issue: async (object, over, material, because) => {
      const data = await secretData(material, connection.now());
      await apply({ ...object, ...{ type: 'kubernetes.io/tls', data } }, over, because);
    },
    patch: async (object, patch, because) => {
      const { uid, resourceVersion } = object.metadata ?? {};
      const body = { ...patch, metadata: { ...patch.metadata, uid, resourceVersion } };
      const written = await connection.send<KubernetesObject>({
        method: 'PATCH',
        path: objectPath(referenceOf(object)),
        query: { fieldManager: manager },
        contentType: 'application/merge-patch+json',
        body,
        timeoutMs: writeTimeoutMs,
      });
      remember(written);
      onWrite('patched', object, [because]);
    },
    remove: async (object, because) => {
      const { uid, resourceVersion } = object.metadata ?? {};
      const body = {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        preconditions: { uid, resourceVersion },
        // A Deployment is there until its last pod has gone, so that what the pods need can go after it.
        ...(object.kind === 'Deployment' && { propagationPolicy: 'Foreground' }),
      };
      await connection.send({
        method: 'DELETE',
        path: objectPath(referenceOf(object)),
        body,
        timeoutMs: writeTimeoutMs,
      });
      onWrite('removed', object, [because]);
    },
    writeStatus: async (config, status, news) => {
      const { name, uid, resourceVersion } = config.metadata;
      const body = { apiVersion, kind, metadata: { name, uid, resourceVersion }, status };
      configs.remember(await applyPatch(`${objectPath({ apiVersion, kind, name })}/status`, body, true));
      onWrite('status written', { apiVersion, kind, metadata: { name } }, news);
    },
  };
}
