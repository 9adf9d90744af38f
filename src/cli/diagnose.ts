import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Wanted } from '../installed/find.ts';
import { reasonOf } from '../installed/reader.ts';
import { type Asked, look } from './diagnose/look.ts';
import { missingReport } from './diagnose/missing.ts';
import { page } from './diagnose/page.ts';
import { type Report, reportOf, untoldReport } from './diagnose/report.ts';
import { onCluster } from './import/kubeconfig.ts';

const usage = `usage: metrics-server-operator diagnose [--kubeconfig FILE] [-n, --namespace NS] [--deployment NAME] [-o json]
  Says whether every node is scraped by the metrics-server of a cluster, ours or anybody's; if not, why, and what mends it.
  It changes nothing. Exit code: 0 healthy, 1 problems, 2 could not tell.
  --kubeconfig  default: as kubectl finds it
  --namespace   where the Deployment is; default: where APIService v1beta1.metrics.k8s.io leads
  --deployment  default: the one whose pods that Service selects; without an APIService that of a MetricsServerConfig, else metrics-server
  -o json       one JSON document for scripts
  It needs get on apiservices, services and deployments, and list on pods, nodes and nodes.metrics.k8s.io; to know causes, get on
  pods/log, list on events and certificatesigningrequests, and create on subjectaccessreviews. It names what it lacks.
  Where no APIService is registered it helps to list metricsserverconfigs.
`;

function options(args: string[]) {
  const text = { type: 'string' } as const;
  try {
    const { values } = parseArgs({
      args,
      options: {
        kubeconfig: text,
        namespace: { ...text, short: 'n' },
        deployment: text,
        output: { ...text, short: 'o' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (![undefined, 'json'].includes(values.output)) throw new Error(`there is no output ${values.output}`);
    return values;
  } catch (error) {
    throw new Error(`${reasonOf(error)}\n${usage}`);
  }
}

// Between two scrapes, or while a pod is replaced, a moment may look bad.
const secondLookAfterMs = 3000;

async function confirmed(connection: Asked, wanted: Wanted): Promise<Report> {
  const first = await seen(connection, wanted);
  if (first.healthy !== false) return first;
  await sleep(secondLookAfterMs);
  return await seen(connection, wanted);
}

async function seen(connection: Asked, wanted: Wanted): Promise<Report> {
  return await look(connection, wanted).then(reportOf, (error) => missingReport(connection, error));
}

async function main(args: string[]): Promise<void> {
  const { help, kubeconfig, output, ...wanted } = options(args);
  if (help) {
    process.stdout.write(usage);
    return;
  }
  const report = await onCluster(kubeconfig, (connection) => confirmed(connection, wanted)).catch((error) => {
    if (output === 'json')
      process.stdout.write(`${JSON.stringify(untoldReport(sentenceOf(error)), null, 2)}\n`);
    throw error;
  });
  // NO_COLOR and terminals without colours are known to Node.
  const isColoured = process.stdout.isTTY && process.stdout.hasColors();
  process.stdout.write(output === 'json' ? `${JSON.stringify(report, null, 2)}\n` : page(report, isColoured));
  process.exitCode = report.healthy === null ? 2 : report.healthy ? 0 : 1;
}

function sentenceOf(error: Error): string {
  const isBare = error instanceof TypeError; // of fetch, which hides what it knows; all others are sentences
  return isBare ? reasonOf(error) : error.message;
}

main(process.argv.slice(2)).catch((error: Error) => {
  process.stderr.write(`diagnose: ${sentenceOf(error)}\n`);
  process.exitCode = 2;
});
