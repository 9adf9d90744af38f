import type { problemWords, words } from '../findings.ts';
import { accepted } from './accepted.ts';
import { applied } from './applied.ts';
import { available } from './available.ts';
import { certificates } from './certificates.ts';
import { creation } from './creation.ts';
import { kubeletAnswers } from './kubelet-answers.ts';
import { kubeletCertificates } from './kubelet-certificates.ts';
import { kubeletWays } from './kubelet-ways.ts';
import { lookups } from './lookups.ts';
import { problems, ready, secure } from './others.ts';
import type { Fault, Page } from './page.ts';
import { scraping } from './scraping.ts';
import { serving } from './serving.ts';
import { start } from './start.ts';

/** A reason that some condition, or status.problems, has as bad news. */
export type FaultyReason =
  | { [C in keyof typeof words]: Fault<C> }[keyof typeof words]
  | keyof typeof problemWords;

/** The pages, by their topics. A reason of several conditions has one page. */
export const topics = {
  'Spec and ownership': accepted,
  Applying: applied,
  'Certificates that others have made': certificates,
  Pods: available,
  'Containers that are not made': creation,
  'Start of the container': start,
  'The way from the API server': serving,
  'What is looked up on that way': lookups,
  'Nodes and pods that are not measured': scraping,
  'Certificates of kubelets': kubeletCertificates,
  'Answers of kubelets': kubeletAnswers,
  'The way to the kubelets': kubeletWays,
  'What is not verified': secure,
  'Ready, but not all of it': ready,
  'What comes of it': problems,
} as const satisfies Record<string, Record<string, Page>>;

/** The build fails here where a reason that needs a page has none. */
export const pages: Record<FaultyReason, Page> = {
  ...accepted,
  ...applied,
  ...certificates,
  ...available,
  ...creation,
  ...start,
  ...serving,
  ...lookups,
  ...scraping,
  ...kubeletCertificates,
  ...kubeletAnswers,
  ...kubeletWays,
  ...secure,
  ...ready,
  ...problems,
};
