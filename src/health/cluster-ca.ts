import type { Facts, NodeFacts } from './facts.ts';
import { complaintAbout } from './kubelet-certificates.ts';
import { isExpected } from './nodes.ts';
import { patch } from './patch.ts';
import { kubeletAt } from './preflight.ts';

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

/** The command that chooses ClusterCA, without what goes with other modes only. */
export function choiceOfClusterCA({ name, spec }: Pick<Facts, 'name' | 'spec'>): string {
  const { caBundleRef, acceptInsecureUntil } = spec.tls?.kubelet ?? {};
  const kubelet = {
    mode: 'ClusterCA',
    ...(caBundleRef !== undefined && { caBundleRef: null }),
    ...(acceptInsecureUntil !== undefined && { acceptInsecureUntil: null }),
  };
  return patch(name, { tls: { kubelet } });
}
