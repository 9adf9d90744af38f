import type { V1Container, V1Deployment } from '@kubernetes/client-node';
import { entries } from './labels.ts';
import { notCarriedOver, type Piece, type Share } from './piece.ts';

/** Labels, environment, users and resources of the pods. */
export function podShare({ spec }: V1Deployment, container: V1Container): Share {
  const { metadata, spec: pod } = spec?.template ?? {};
  const { env = [], resources, securityContext } = container;
  const isSized = resources?.requests !== undefined || resources?.limits !== undefined;
  const literal = env.filter(({ valueFrom }) => valueFrom === undefined);
  const variables = literal.map(({ name, value = '' }) => ({ name, value }));
  const runAsGroup = securityContext?.runAsGroup ?? pod?.securityContext?.runAsGroup;
  return {
    pieces: [
      {
        path: ['resources'],
        value: { mode: isSized ? 'Fixed' : 'External', ...resources },
        from: 'resources',
      },
      ...entries(['pod', 'labels'], metadata?.labels),
      ...entries(['pod', 'annotations'], metadata?.annotations),
      ...user('runAsUser', securityContext?.runAsUser ?? pod?.securityContext?.runAsUser),
      ...user('runAsGroup', runAsGroup),
      ...user('fsGroup', pod?.securityContext?.fsGroup),
      ...(variables.length > 0 ? [{ path: ['pod', 'env'], value: variables, from: 'env' }] : []),
    ],
    remarks: [
      ...env
        .filter(({ valueFrom }) => valueFrom !== undefined)
        .map(({ name }) => notCarriedOver(`env ${name}`, 'pod.env takes plain values only')),
      ...(isSized ? [] : [unsized]),
    ],
  };
}

const unsized =
  'resources: the present pods have none, so they are among the first to be evicted; leave resources out of the config, and the operator chooses them by the number of nodes';

function user(name: string, id: number | undefined): Piece[] {
  return id === undefined
    ? []
    : [{ path: ['pod', 'securityContext', name], value: id, from: `${name} ${id}` }];
}
