import { nodeMetrics } from '../../controllers/node-metrics.ts';
import { ownerOf } from '../../controllers/ownership.ts';
import { storedSpec } from '../../controllers/stored-spec.ts';
import type { MetricsServerConfig } from '../../crds/metrics-server-config.ts';
import { redacted } from '../../health/redacted.ts';
import { change } from '../../health/remedy-words.ts';
import { Missing } from '../../installed/find.ts';
import { type Asked, configOf } from './look.ts';
import { readyWords } from './ready-words.ts';
import type { Report } from './report.ts';
import { asking } from './rights.ts';

/**
 * The report of a metrics API whose Service or Deployment is gone. Throws the error where it says anything else, and where the metrics API
 * answers, or may not be asked: then what serves it is just no Deployment.
 */
export async function missingReport(connection: Asked, error: unknown): Promise<Report> {
  if (!(error instanceof Missing)) throw error;
  const metrics = await nodeMetrics(connection)();
  if (metrics.is !== 'failed') throw error;
  const { lacking, ask } = asking();
  const owner = ownerOf(error.apiService ?? {});
  const config = owner === undefined ? undefined : await configOf(connection, owner, ask);
  const isOwned = config !== undefined || lacking.length > 0;
  const reason = error.kind === 'Service' ? 'ServiceNotFound' : 'MissingEndpoints';
  const message = `${error.because}.`;
  return {
    healthy: false,
    summary: `The metrics API does not answer: its ${error.kind} is gone`,
    deployment: null,
    image: null,
    config: owner !== undefined && isOwned ? { name: owner, ready: readyWords(config) ?? null } : null,
    conditions: [
      { type: 'Available', status: 'Unknown', reason: 'NotMeasured', message: 'There is no Deployment.' },
      { type: 'Serving', status: 'False', reason, message: redacted(metrics.message) },
    ],
    nodes: null,
    problems: [
      { reason, message, remedy: owner !== undefined && isOwned ? ofOperator(owner, config) : again },
    ],
    lacking,
  };
}

const again = 'Apply metrics-server again as its manifests or its chart have it.';

/** It makes again what is gone, within seconds: so it does not run, may not, or is told not to. */
function ofOperator(name: string, config: MetricsServerConfig | undefined): string {
  const { mode } = config === undefined ? { mode: 'Manage' } : storedSpec(config).spec;
  if (mode !== 'Manage')
    return `The operator would make it again, but spec.mode is ${mode}: ${change({ name }, { mode: 'Manage' })}.`;
  return `The operator makes it again, if it runs: kubectl get pods,lease -n metrics-server-operator, or where it is installed, shows whether it does and who leads. If it does not, what MetricsServerConfig ${name} says of itself is old; if it does, kubectl describe msc ${name} says what is in the way.`;
}
