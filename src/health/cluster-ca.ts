import type { Facts, NodeFacts } from './facts.ts';
import { complaintAbout } from './kubelet-certificates.ts';
import { isExpected } from './nodes.ts';
import { kubeletAt } from './preflight.ts';
import { change } from './remedy-words.ts';

/** The nodes that were checked, where metrics-server would accept all of them with mode ClusterCA; none where one would be refused, or nothing is known. */
export function nodesForClusterCA({
  preflight,
  nodes,
  spec,
  now,
}: Pick<Facts, 'preflight' | 'nodes' | 'spec' | 'now'>): NodeFacts[] {
  const { answers, cluster } = preflight ?? {};
  if (answers === undefined || cluster?.trusted === undefined) return [];
  const checked = nodes.flatMap((node) => {
    const answer = answers.get(node.name);
    const host = kubeletAt(node, spec)?.host;
    const isChecked =
      node.isReady && isExpected(node, spec) && answer?.is === 'shown' && answer.host === host;
    return isChecked
      ? [{ node, complaint: complaintAbout(answer.chain, { ...cluster, host: answer.host, now }) }]
      : [];
  });
  return checked.every(({ complaint }) => complaint === undefined) ? checked.map(({ node }) => node) : [];
}

/** The commands that have the kubelets verified with a CA of their own. */
export function choiceOfNamedCA(facts: Pick<Facts, 'name' | 'speaks' | 'spec'>): string {
  const isAccepted = facts.spec.tls?.kubelet?.acceptInsecureUntil !== undefined; // it goes with Insecure only
  const kubelet = {
    mode: 'CustomCA' as const,
    caBundleRef: { name: 'kubelet-ca' },
    ...(isAccepted && { acceptInsecureUntil: null }),
  };
  const make = `kubectl create configmap kubelet-ca -n ${facts.spec.namespace} --from-file=ca.crt=FILE`;
  return `${make}; ${change(facts, { tls: { kubelet } })}`;
}

/** The command that chooses ClusterCA, without what goes with other modes only. */
export function choiceOfClusterCA(facts: Pick<Facts, 'name' | 'speaks' | 'spec'>): string {
  const { caBundleRef, acceptInsecureUntil } = facts.spec.tls?.kubelet ?? {};
  const kubelet = {
    mode: 'ClusterCA' as const,
    ...(caBundleRef !== undefined && { caBundleRef: null }),
    ...(acceptInsecureUntil !== undefined && { acceptInsecureUntil: null }),
  };
  return change(facts, { tls: { kubelet } });
}
