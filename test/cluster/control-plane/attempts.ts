import type { KubernetesObject, V1Deployment, V1PodSpec } from '@kubernetes/client-node';
import type { ApiRequest } from '../../../src/platform/connection.ts';
import { objectPath, referenceOf } from '../../../src/platform/paths.ts';
import { manager } from '../../../src/resources/names.ts';
import { objects } from '../../../src/resources/objects.ts';
import { someSpec } from '../../crds/some-spec.ts';

/** Something that who has got hold of the operator's token might try. */
export interface Attempt {
  /** What they would have of it. */
  what: string;
  request: ApiRequest;
  /**
   * Who refuses it: the rights (config/rbac), the content of the object (config/policy), or the API server, which lets nobody grant what
   * they do not have.
   */
  by: 'rights' | 'content' | 'escalation';
  /** What an administrator is told where there is no dry run: the request has come as far as a kubelet, and there is none. */
  adminHears?: string;
}

/** Server-side apply, as the operator writes; `create` fails where the object exists. */
export function applying(object: KubernetesObject): ApiRequest {
  return {
    method: 'PATCH',
    path: objectPath(referenceOf(object)),
    query: { fieldManager: manager, force: true },
    contentType: 'application/apply-patch+yaml',
    body: object,
  };
}

/** What a config called metrics-server leads to; in the cluster of these tests it is there. */
export function present(kind: string, name?: string): KubernetesObject {
  return found(objects('metrics-server', someSpec({ networkPolicy: { enabled: true } })), kind, name);
}

/** What a config called metrics in namespace monitoring leads to: the operator has the rights, and nothing of it is there. */
export function absent(kind: string, name?: string): KubernetesObject {
  const spec = {
    namespace: 'monitoring',
    availability: { replicas: 2 },
    networkPolicy: { enabled: true },
    tls: { serving: { mode: 'CertManager' } },
  };
  return found(objects('metrics', someSpec(spec)), kind, name);
}

function found(all: KubernetesObject[], kind: string, name?: string): KubernetesObject {
  const one = all.find(
    (object) => object.kind === kind && (name ?? object.metadata?.name) === object.metadata?.name,
  );
  if (one === undefined) throw new Error(`no ${kind} ${name}`);
  return one;
}

/** A Deployment of the operator with other pods. */
export function withPod(
  deployment: V1Deployment,
  change: (pod: V1PodSpec) => Partial<V1PodSpec>,
): V1Deployment {
  const { spec, ...rest } = deployment;
  const pod = spec?.template.spec;
  if (spec === undefined || pod === undefined) throw new Error('a Deployment without pods');
  return { ...rest, spec: { ...spec, template: { ...spec.template, spec: { ...pod, ...change(pod) } } } };
}

type Container = V1PodSpec['containers'][number];

/** The same, with another container. */
export function withContainer(change: (container: Container) => Partial<Container>) {
  return ({ containers }: V1PodSpec): Partial<V1PodSpec> => ({
    containers: containers.map((one) => ({ ...one, ...change(one) })),
  });
}
