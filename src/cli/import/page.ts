import { Document, isScalar, isSeq } from 'yaml';
import type { Owner } from '../../controllers/owners.ts';
import { apiVersion, kind } from '../../crds/metrics-server-config.ts';
import { configName } from '../../installed/config-name.ts';
import type { Found } from '../../installed/found.ts';
import type { Imported } from '../../installed/imported-spec.ts';
import { metricsServerIn } from '../../installed/metrics-server-in.ts';
import { title } from '../../resources/names.ts';
import { forKubectl } from '../yaml.ts';
import type { Differences } from './differences.ts';

/**
 * The config for standard output. What it does not say stands in it as comments: a file that is reviewed and kept must not look
 * as if it were all.
 */
export function configPage(found: Found, { spec, remarks, notes }: Imported): string {
  const document = new Document({ apiVersion, kind, metadata: { name: configName }, spec }, forKubectl);
  document.commentBefore = [headline(found), ...remarks].map((line) => ` ${line}`).join('\n');
  for (const { path, note } of notes) {
    const node = document.getIn(['spec', ...path], true);
    if (isScalar(node)) node.comment = ` ${note}`;
    if (isSeq(node)) node.commentBefore = ` ${note}`;
  }
  return document.toString({ lineWidth: 0 });
}

function headline({ deployment }: Found): string {
  const image = metricsServerIn(deployment)?.image;
  return `From ${title({ ...deployment, kind: 'Deployment' })}, image ${image}.`;
}

/**
 * What concerns this one hand-over, as Markdown for standard error: `2> pull-request.md` is the text of the pull request. It would be
 * stale in the config the day after.
 */
export function handOverPage(
  found: Found,
  differences: Differences,
  owners: Owner[],
  steps: string[],
): string {
  const { toReview, harmless } = differences;
  return [
    `## metrics-server: ${title({ ...found.deployment, kind: 'Deployment' })} becomes MetricsServerConfig ${configName}`,
    `Present owner: ${owners.map(({ name }) => name).join('; ')}.`,
    `### What differs\n\n${list(toReview, 'Nothing that matters.')}`,
    `How the operator always does it, harmless:\n\n${list(harmless, 'Nothing.')}`,
    `### Hand-over\n\n${steps.map((step, index) => `${index + 1}. ${step}`).join('\n')}`,
    '',
  ].join('\n\n');
}

function list(lines: string[], otherwise: string): string {
  return lines.length === 0 ? otherwise : lines.map((line) => `- ${line}`).join('\n');
}
