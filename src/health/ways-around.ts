import type { NodeSelector } from '../crds/node-selector.ts';
import type { Facts } from './facts.ts';
import { change } from './remedy-words.ts';
import { fargateLabel, isOnlyNamedFargate, osLabel, serverless } from './scrape-reasons.ts';
import type { WayOut } from './way-out.ts';

/** Leaves out nodes that are none, by a label that those of Fargate have and may have lost. */
export function withoutServerless(facts: Facts): WayOut {
  const unlabelled = facts.nodes.filter(isOnlyNamedFargate).map(({ name }) => name);
  const known = Object.entries(serverless).filter(
    ([key, value]) =>
      (key === fargateLabel && unlabelled.length > 0) ||
      facts.nodes.some(({ labels }) => labels[key] === value),
  );
  const keys = known.map(([key, value]) => ({ key, operator: 'NotIn' as const, values: [value] }));
  const names = unlabelled.length > 3 ? 'NAME' : unlabelled.join(' ');
  const label =
    names === '' ? '' : `kubectl label node ${names} ${fargateLabel}=${serverless[fargateLabel]}; `;
  return {
    text: `Nothing can be scraped there: leave such nodes out (${label}${change(facts, { nodes: { selector: without(facts.spec, keys) } })}).`,
    short: 'nodes.selector without serverless nodes',
  };
}

/** Leaves out Windows nodes. */
export function withoutWindows(facts: Facts): WayOut {
  const selector = without(facts.spec, [{ key: osLabel, operator: 'NotIn', values: ['windows'] }]);
  return {
    text: `The kubelet of that Windows node cannot measure: its log says why. Until it is mended, it can be left out (${change(facts, { nodes: { selector } })}).`,
    short: 'kubelets that can measure',
  };
}

type Requirement = NonNullable<NodeSelector['matchExpressions']>[number];

/** The selector of the spec, and these as well. */
function without({ nodes }: Facts['spec'], more: Requirement[]): NodeSelector {
  const given = nodes?.selector?.matchExpressions ?? [];
  const isGiven = ({ key, values = [] }: Requirement) =>
    given.some(
      (one) =>
        one.key === key && one.operator === 'NotIn' && values.every((value) => one.values?.includes(value)),
    );
  return { ...nodes?.selector, matchExpressions: [...given, ...more.filter((one) => !isGiven(one))] };
}
