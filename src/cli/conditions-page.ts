import { problemWords, words } from '../crds/findings.ts';
import { pages, topics } from '../crds/pages/index.ts';
import { type Page, places, type Sign } from '../crds/pages/page.ts';

const vocabulary = { ...words, 'Only in problems': problemWords };

const known = new Map<string, Page>(Object.entries(pages));

const head = `<!-- Generated from src/crds by "npm run generate". Do not edit. -->
# Conditions and reasons

What the status of a MetricsServerConfig may say: first a table for each condition, then a section for each reason that is bad news. A reason
in a table leads to its section: conditions.md#kubeletcertnoipsan is that of KubeletCertNoIPSAN. \`Ready\` has the reason of the condition that is the cause.

Commands are those for a config called \`metrics-server\` whose pods are in \`kube-system\`; put your names there, and also for words in
capitals. Such a patch replaces a list as a whole: what the config has in it already has to be in the patch, too. Where no config stands for your metrics-server, \`npm run --silent diagnose\` says the same in its own flags.`;

/** docs/conditions.md. */
export function conditionsPage(): string {
  const tables = Object.entries(vocabulary).map(([condition, reasons]) => table(condition, reasons));
  const sections = Object.entries(topics).flatMap(([topic, ofTopic]) => [
    `## ${topic}`,
    ...Object.entries(ofTopic).map(([reason, page]) => section(reason, page)),
  ]);
  return `${[head, ...tables, ...sections].join('\n\n')}\n`;
}

function table(condition: string, reasons: Record<string, string>): string {
  const rows = Object.entries(reasons).map(([reason, meaning]) => {
    const name = known.has(reason) ? `[${reason}](#${reason.toLowerCase()})` : reason;
    return `| ${name} | ${meaning} |`;
  });
  return [`## ${condition}`, '', '| Reason | Meaning, and what to do |', '| --- | --- |', ...rows].join('\n');
}

function section(reason: string, { shows, signs, causes, steps, mended }: Page): string {
  return [
    `### ${reason}`,
    meaningOf(reason),
    `**How it shows.** ${shows}`,
    ...bySource(signs),
    '**Usual causes**',
    causes.map((cause) => `- ${cause}`).join('\n'),
    '**What to do, the best first**',
    steps.map((step, index) => `${index + 1}. ${step}`).join('\n'),
    `**Mended?** ${mended}`,
  ].join('\n\n');
}

/** What it means may depend on the condition that has it. */
function meaningOf(reason: string): string {
  const meanings = Object.entries(vocabulary).flatMap(([condition, reasons]) => {
    const meaning = new Map<string, string>(Object.entries(reasons)).get(reason);
    return meaning === undefined ? [] : [{ condition, meaning }];
  });
  const different = Map.groupBy(meanings, ({ meaning }) => meaning);
  const isOne = different.size === 1;
  return [...different]
    .map(
      ([meaning, of]) => `${isOne ? '' : `- ${of.map(({ condition }) => condition).join(', ')}: `}${meaning}`,
    )
    .join('\n');
}

function bySource(signs: Sign[]): string[] {
  return [...Map.groupBy(signs, (sign) => sign.in)].map(([source, found]) =>
    [`${places[source]}:`, '', '```', ...found.map(line), '```'].join('\n'),
  );
}

function line({ text, labels = {} }: Sign): string {
  const [label] = Object.entries(labels).map(
    ([key, value]) => `   # and the node has the label ${key}=${value}`,
  );
  return `${text}${label ?? ''}`;
}
