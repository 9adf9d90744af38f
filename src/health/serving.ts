import type { Finding } from '../crds/findings.ts';
import type { Facts } from './facts.ts';

/** Does the metrics API answer? Proven by a GET through the API server, not by the APIService's own word. */
export function diagnoseServing({ metrics }: Facts): Finding<'Serving'> {
  switch (metrics.is) {
    case 'unregistered':
      return {
        status: 'False',
        reason: 'NotRegistered',
        message: 'The APIService is registered once the first pod is ready.',
      };
    case 'failed':
      return {
        status: 'False',
        reason: 'NotAnswering',
        message: `GET /apis/metrics.k8s.io/v1beta1/nodes through the API server failed: ${metrics.message}`,
      };
    case 'forbidden':
      return {
        status: 'Unknown',
        reason: 'Forbidden',
        message: `The operator may not ask the metrics API: ${metrics.message}. Grant it as in config/rbac.`,
      };
    case 'answered':
      return {
        status: 'True',
        reason: 'Answers',
        message: 'The metrics API answers through the API server.',
      };
  }
}
