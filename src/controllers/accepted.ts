import type { Finding } from '../crds/findings.ts';
import type { MetricsServerConfig } from '../crds/metrics-server-config.ts';
import { names } from '../resources/names.ts';
import { givenReferences } from '../resources/references.ts';
import type { SeenConfig } from './observe.ts';
import { titleOf } from './watched.ts';

export const valid: Finding<'Accepted'> = {
  status: 'True',
  reason: 'Valid',
  message: 'The spec can be carried out.',
};

export function acceptedOf({ warning }: SeenConfig): Finding<'Accepted'> {
  return warning === undefined ? valid : { ...valid, message: warning };
}

/** What the operator keeps for itself is no source: it would be copied into itself, and nobody would renew it. */
export function ownObjectNamed({ config, spec }: SeenConfig): Finding<'Accepted'> | undefined {
  const { servingAuthority, servingCertificate, servingIssued, kubeletCa } = names(config.metadata.name);
  const own = [servingAuthority, servingCertificate, servingIssued, kubeletCa];
  const found = givenReferences(spec).find(({ name }) => own.includes(name));
  if (found === undefined) return undefined;
  const message = `${titleOf(found)} is the operator's own, and cannot be named in spec.tls: put what you have into an object of another name.`;
  return { status: 'False', reason: 'InvalidSpec', message };
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
