import type { Report } from './report.ts';

const colours = { red: 31, green: 32, yellow: 33, bold: 1 };
type Paint = (colour: keyof typeof colours, text: string) => string;

/** The report for people. */
export function page(report: Report, isColoured: boolean): string {
  const paint: Paint = (colour, text) => (isColoured ? `\x1b[${colours[colour]}m${text}\x1b[0m` : text);
  const parts = [
    head(report, paint),
    table(report, paint),
    ...untold(report),
    ...report.problems.map((problem) => problemText(problem, paint)),
    ...lackingText(report),
  ];
  return `${parts.join('\n\n')}\n`;
}

function head({ summary, healthy, deployment, image, config }: Report, paint: Paint): string {
  const colour = healthy ? 'green' : healthy === null ? 'yellow' : 'red';
  const whose =
    config === null
      ? 'no MetricsServerConfig owns it'
      : `MetricsServerConfig ${config.name} owns it${config.ready === null ? '' : `, and says Ready ${config.ready}`}`;
  const what = deployment === null ? 'No Deployment runs it' : `Deployment ${deployment}, image ${image}`;
  return `${paint(colour, summary)}\n${what}; ${whose}`;
}

const statusColours = new Map<string, keyof typeof colours>([
  ['True', 'green'],
  ['False', 'red'],
]);

function table({ conditions }: Report, paint: Paint): string {
  const rows = conditions.map(({ type, status, reason }) =>
    [type.padEnd(9), paint(statusColours.get(status) ?? 'yellow', status.padEnd(7)), reason].join('  '),
  );
  return ['CONDITION  STATUS   REASON', ...rows].join('\n');
}

/** What is wrong and no problem of its own. What only follows from a problem is left out. */
function untold({ conditions, problems }: Report): string[] {
  return conditions
    .filter(
      ({ type, status }) =>
        status !== 'True' && (problems.length === 0 || (type === 'Secure' && status === 'False')),
    )
    .map(({ type, message }) => `${type}: ${message}`);
}

function problemText(
  { reason, message, remedy, nodes, count = 0 }: Report['problems'][number],
  paint: Paint,
): string {
  const more = nodes !== undefined && count > nodes.length ? ` and ${count - nodes.length} more` : '';
  const whom =
    nodes === undefined ? '' : `, ${count} ${count === 1 ? 'node' : 'nodes'}: ${nodes.join(', ')}${more}`;
  return [`${paint('bold', reason)}${whom}`, `  ${message}`, `  ${remedy}`].join('\n');
}

function lackingText({ lacking }: Report): string[] {
  if (lacking.length === 0) return [];
  const lines = lacking.map(({ right, unknown }) => `  ${right}: without it, it is not known ${unknown}`);
  return [['Rights that this account lacks:', ...lines].join('\n')];
}
