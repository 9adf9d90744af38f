import type { Finding } from '../crds/findings.ts';
import type { MetricsServerConfig } from '../crds/metrics-server-config.ts';
import type { SeenConfig } from './observe.ts';

export const valid: Finding<'Accepted'> = {
  status: 'True',
  reason: 'Valid',
  message: 'The spec can be carried out.',
};

export function acceptedOf({ warning }: SeenConfig): Finding<'Accepted'> {
  return warning === undefined ? valid : { ...valid, message: warning };
}

export const notAccepted: Finding<'Applied'> = {
  status: 'False',
  reason: 'NotAccepted',
  message: 'Nothing is applied, because the spec is not accepted.',
};

export function deleting({ metadata }: MetricsServerConfig): Finding<'Accepted'> {
  const holding = metadata.finalizers?.join(', ') ?? 'nothing';
  return {
    status: 'False',
    reason: 'Deleting',
    message: `This MetricsServerConfig is being deleted, and the metrics API is withdrawn. Finalizers that hold it: ${holding}.`,
  };
}

export function superseded(owner: string): Finding<'Accepted'> {
  return {
    status: 'False',
    reason: 'Superseded',
    message: `MetricsServerConfig ${owner} came first and owns the metrics API, of which a cluster has one; delete one of the two.`,
  };
}
