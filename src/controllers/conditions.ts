import { type ConditionType, conditionTypes } from '../crds/findings.ts';
import type { MetricsServerConfig } from '../crds/metrics-server-config.ts';
import type { Condition } from '../crds/status.ts';
import { redacted } from '../health/redacted.ts';
import { type Measured, summary } from './summary.ts';

/** What was measured and what it comes to, each with the time of its last transition. */
export function conditions(
  { config, now }: { config: MetricsServerConfig; now: Date },
  measured: Measured,
  isEnough: boolean,
): Condition[] {
  const before = (type: ConditionType) => config.status?.conditions?.find((one) => one.type === type);
  const sinceText = (type: ConditionType, status: Condition['status']) => {
    const known = before(type);
    return known?.status === status ? known.lastTransitionTime : now.toISOString().replace(/\.\d+Z$/, 'Z');
  };
  const since = (type: ConditionType, status: Condition['status']) => new Date(sinceText(type, status));
  const findings: Record<ConditionType, { status: Condition['status']; reason: string; message: string }> = {
    ...measured,
    ...summary(measured, isEnough, { now, since }),
  };
  return conditionTypes.map((type) => ({
    type,
    ...findings[type],
    message: redacted(findings[type].message),
    observedGeneration: config.metadata.generation,
    lastTransitionTime: sinceText(type, findings[type].status),
  }));
}
