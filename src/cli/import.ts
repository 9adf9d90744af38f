import { parseArgs } from 'node:util';
import { ownersOf } from '../controllers/owners.ts';
import { find, type Wanted } from '../installed/find.ts';
import { markedObjects } from '../installed/found.ts';
import { importedSpec } from '../installed/imported-spec.ts';
import { readerOn } from '../installed/reader.ts';
import { differences } from './import/differences.ts';
import { handOver } from './import/hand-over.ts';
import { onCluster } from './import/kubeconfig.ts';
import { configPage, handOverPage } from './import/page.ts';

const usage = `usage: npm run --silent import -- [--kubeconfig FILE] [--namespace NS] [--deployment NAME] > CONFIG.yaml 2> PULL-REQUEST.md
  Prints the MetricsServerConfig that reproduces the metrics-server of a cluster, with comments on what it cannot say;
  to standard error what would differ, and how to hand it over. It changes nothing.
  --kubeconfig  default: as kubectl finds it
  --namespace   where the Deployment is; default: where APIService v1beta1.metrics.k8s.io leads
  --deployment  default: the one whose pods that Service selects
  It needs get on apiservices, services, deployments and poddisruptionbudgets, and list on deployments in that namespace
  where the Deployment is not called like the Service.
`;

interface Options extends Wanted {
  kubeconfig?: string;
  help?: boolean;
}

function options(args: string[]): Options {
  const text = { type: 'string' } as const;
  try {
    const { values } = parseArgs({
      args,
      options: { kubeconfig: text, namespace: text, deployment: text, help: { type: 'boolean', short: 'h' } },
    });
    return values;
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n${usage}`);
  }
}

async function main(args: string[]): Promise<void> {
  const { help, kubeconfig, ...wanted } = options(args);
  if (help) {
    process.stdout.write(usage);
    return;
  }
  const found = await onCluster(kubeconfig, (connection) => find(readerOn(connection), wanted));
  const imported = importedSpec(found);
  const owners = ownersOf(markedObjects(found));
  process.stdout.write(configPage(found, imported));
  process.stderr.write(
    handOverPage(found, differences(found, imported.spec), owners, handOver(found, owners)),
  );
}

main(process.argv.slice(2)).catch((error) => {
  process.stderr.write(`import: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
});
