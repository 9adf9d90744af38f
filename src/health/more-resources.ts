import type { V1ResourceRequirements } from '@kubernetes/client-node';
import { quantityValue } from '../crds/quantities.ts';
import type { Facts } from './facts.ts';
import { newestPods } from './pods.ts';
import { type Amounts, change } from './remedy-words.ts';

type Known = Pick<Facts, 'name' | 'speaks' | 'spec' | 'pods' | 'deployment'>;

// Upstream's, for 100 nodes. Less is no way out.
const atLeast = { cpu: '100m', memory: '200Mi' };

/** How the container gets twice as much of something as it runs with, and keeps the rest. */
export function moreOf(what: 'cpu' | 'memory', facts: Known): string {
  const { requests = {}, limits = {} } = running(facts);
  const { cpu = limits['cpu'] ?? atLeast.cpu, memory = limits['memory'] ?? atLeast.memory } = requests;
  const raised = (amounts: Amounts): Amounts => {
    const { [what]: amount } = amounts;
    return amount === undefined ? amounts : { ...amounts, [what]: twice(amount, atLeast[what]) };
  };
  return change(facts, {
    resources: {
      mode: 'Fixed',
      requests: raised({ cpu, memory }),
      ...(Object.keys(limits).length > 0 && { limits: raised(limits) }),
      ...(facts.spec.resources.limitMemory !== undefined && { limitMemory: null }), // it goes with Auto only
    },
  });
}

/** A LimitRange shows in pods only. */
function running(facts: Known): V1ResourceRequirements {
  const [pod] = newestPods(facts);
  const { deployment } = facts;
  return (
    pod?.spec?.containers[0]?.resources ?? deployment?.spec?.template.spec?.containers[0]?.resources ?? {}
  );
}

function twice(amount: string, least: string): string {
  const [, value = '', unit = ''] = /^([0-9.]+)(.*)$/.exec(amount) ?? [];
  const doubled = `${Number(value) * 2}${unit}`;
  return quantityValue(doubled) < quantityValue(least) ? least : doubled;
}
