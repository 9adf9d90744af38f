import type { Finding } from '../../crds/findings.ts';
import type { Problem } from '../../crds/status.ts';
import { diagnoseAvailable } from '../../health/available.ts';
import { coverage } from '../../health/nodes.ts';
import { readyCount } from '../../health/pods.ts';
import { type Findings, problemList } from '../../health/problem-list.ts';
import { redacted } from '../../health/redacted.ts';
import { diagnoseScraping } from '../../health/scraping.ts';
import { diagnoseSecure } from '../../health/secure.ts';
import { diagnoseServing } from '../../health/serving.ts';
import { metricsServerIn } from '../../installed/metrics-server-in.ts';
import { apiServiceName, title } from '../../resources/names.ts';
import type { Look } from './look.ts';
import { readyWords } from './ready-words.ts';
import type { Lacking } from './rights.ts';

/** What `-o json` prints: scripts rely on these keys. */
export interface Report {
  /** Null where that cannot be told. */
  healthy: boolean | null;
  summary: string;
  /** What was looked at; null where it is gone. */
  deployment: string | null;
  image: string | null;
  /** The config that owns it, or would have it made, and what its condition Ready says. */
  config: { name: string; ready: string | null } | null;
  conditions: { type: string; status: string; reason: string; message: string }[];
  nodes: Record<'expected' | 'fresh' | 'stale' | 'missing' | 'excluded', number> | null;
  problems: Omit<Problem, 'since'>[];
  lacking: Lacking[];
}

/** What `-o json` prints where there is nothing to report of: scripts find the same keys. */
export function untoldReport(summary: string): { [K in keyof Report]: Report[K] | null } {
  const nothing = { deployment: null, image: null, config: null, nodes: null };
  return { healthy: null, summary, ...nothing, conditions: [], problems: [], lacking: [] };
}

export function reportOf(look: Look): Report {
  const { facts, target, lacking } = look;
  const findings = findingsOf(look);
  const problems = problemList(findings, facts);
  const nodes = countsOf(look);
  return {
    healthy: isHealthy(findings, problems),
    summary: summaryOf(look, findings, nodes),
    deployment: title({ metadata: target.deployment.metadata, kind: '' }).trim(),
    image: metricsServerIn(target.deployment)?.image ?? '',
    config: configOf(look),
    conditions: Object.entries(findings).map(([type, finding]) => ({
      type,
      ...finding,
      message: redacted(finding.message),
    })),
    nodes,
    problems,
    lacking,
  };
}

function findingsOf(look: Look): Omit<Findings, 'Accepted' | 'Applied'> {
  const { facts, seen } = look;
  return {
    Available: diagnoseAvailable(facts),
    Serving: servingOf(look),
    Scraping: seen.nodes ? diagnoseScraping(facts) : { ...unknown, message: 'Nodes may not be listed.' },
    Secure: seen.pods ? diagnoseSecure(facts) : { ...unknown, message: 'Pods may not be listed.' },
  };
}

const unknown = { status: 'Unknown', reason: 'NotMeasured' } as const;

/** Who asks is not the operator here, and nobody registers anything. */
function servingOf({ facts, target }: Look): Finding<'Serving'> {
  const finding = diagnoseServing(facts);
  if (finding.reason === 'Forbidden') return { ...finding, message: 'The metrics API may not be asked.' };
  if (finding.reason !== 'NotRegistered') return finding;
  if (target.isUnregistered)
    return {
      ...finding,
      message: `There is no APIService ${apiServiceName}, so nothing serves the metrics API.`,
    };
  const name = title({ ...target.deployment, kind: 'Deployment' });
  return { ...finding, message: `APIService v1beta1.metrics.k8s.io does not lead to ${name}.` };
}

/** Secure is no part of it: whoever accepts that kubelets are not verified has metrics all the same. */
function isHealthy(
  { Available, Serving, Scraping }: Findings,
  problems: Report['problems'],
): Report['healthy'] {
  const statuses: string[] = [Available, Serving, Scraping].map(({ status }) => status);
  if (problems.length > 0 || statuses.includes('False')) return false;
  return statuses.includes('Unknown') ? null : true;
}

function countsOf({ facts, seen }: Look): Report['nodes'] {
  const covered = seen.nodes ? coverage(facts) : undefined;
  if (covered === undefined) return null;
  const { expected, fresh, stale, missing, excluded } = covered;
  return {
    expected: expected.length,
    fresh: fresh.length,
    stale: stale.length,
    missing: missing.length,
    excluded: excluded.length,
  };
}

function summaryOf(
  { facts, target }: Look,
  { Available, Serving }: Findings,
  nodes: Report['nodes'],
): string {
  if (nodes !== null) {
    const { fresh, expected } = nodes;
    return `${fresh} of ${expected} ${expected === 1 ? 'node is' : 'nodes are'} scraped`;
  }
  if (facts.metrics.is === 'answered')
    return `The metrics API answers for ${facts.metrics.samples.length} nodes; how many there are is not known`;
  if (Serving.status === 'Unknown') return 'Whether the metrics API answers is not known';
  const cause = readyCount(facts) === 0 ? Available : Serving;
  const missing = target.isUnregistered ? `; this cluster has no APIService ${apiServiceName}` : '';
  return `The metrics API does not answer: ${cause.reason}${missing}`;
}

function configOf({ target, config }: Look): Report['config'] {
  if (target.owner === undefined) return null;
  return { name: target.owner, ready: readyWords(config) ?? null };
}
