import type { Finding } from '../crds/findings.ts';
import { knownSilence, type Silence, type Way, whyUnanswered } from './aggregator.ts';
import { certificateRefusal, refusedCertificate } from './aggregator-tls.ts';
import type { Facts } from './facts.ts';

/** Does the metrics API answer? Proven by a GET through the API server, not by the APIService's own word. */
export function diagnoseServing(facts: Facts): Finding<'Serving'> {
  const { metrics } = facts;
  switch (metrics.is) {
    case 'unregistered':
      return {
        status: 'False',
        reason: 'NotRegistered',
        message:
          facts.speaks === 'flags'
            ? 'Nothing is registered as the metrics API: there is no APIService v1beta1.metrics.k8s.io.'
            : 'The APIService is registered once the first pod is ready.',
      };
    case 'failed':
      return (
        refusedCertificate(facts, metrics.message) ??
        cannotAsk(facts) ??
        whyUnanswered(facts, metrics.message)
      );
    case 'forbidden':
      if (metrics.message.includes('system:anonymous')) return whyUnanswered(facts, metrics.message);
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

/** Whoever asks metrics-server is looked up at the API server, and waits for it; then its log says more than what comes of it. */
function cannotAsk(facts: Facts): Finding<'Serving'> | undefined {
  const { log } = facts;
  const silence = log.is === 'read' && log.webhook !== undefined && knownSilence(facts, [log.webhook]);
  if (!silence) return undefined;
  const { reason, text, mend } = silence;
  return { status: 'False', reason, message: `metrics-server cannot look up who asks it: ${text}. ${mend}` };
}

/** What keeps the metrics API from answering, as far as one of the texts is known. */
export function silenceIn(texts: string[], way: Way): Silence | undefined {
  return certificateRefusal(way, texts) ?? knownSilence(way, texts);
}
