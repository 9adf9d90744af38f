import { KubeConfig } from '@kubernetes/client-node';
import { jsonLog } from './controllers/json-log.ts';
import { MetricsServerOperator } from './controllers/operator.ts';
import { settings } from './settings.ts';

/** Starts the operator on the current kubeconfig, or on the Pod's own account, and ends it on SIGTERM or SIGINT. */
async function main(): Promise<void> {
  const { logLevel, ...options } = settings();
  const log = jsonLog(logLevel);
  // Instead of printing what Node itself complains about: whoever reads the log expects JSON.
  process.removeAllListeners('warning');
  process.on('warning', ({ name, message: warning }) => log.warn('node warns', { name, warning }));
  const { server } = loadKubeConfig().getCurrentCluster() ?? {}; // a broken kubeconfig ends it here, with one clear line
  const operator = new MetricsServerOperator(loadKubeConfig, log, options);
  const end = (signal: string) => {
    log.info('operator ends', { signal });
    operator.end().then(
      () => process.exit(0),
      (error) => fail(error),
    );
  };
  process.once('SIGTERM', end);
  process.once('SIGINT', end);

  log.info('operator starts', { server });
  await operator.start();
}

function loadKubeConfig(): KubeConfig {
  const kubeConfig = new KubeConfig();
  try {
    kubeConfig.loadFromDefault();
  } catch (error) {
    throw new Error('the kubeconfig cannot be read; check the file that KUBECONFIG names', { cause: error });
  }
  const server = kubeConfig.getCurrentCluster()?.server;
  if (server === undefined) {
    throw new Error(
      'the kubeconfig has no current context with a cluster; choose one with kubectl config use-context',
    );
  }
  if (!URL.canParse(server) || new URL(server).protocol !== 'https:') {
    // client-node takes http://localhost:8080 where it finds no kubeconfig at all.
    throw new Error(`no API server: "${server}" is no https address; name a kubeconfig in KUBECONFIG`);
  }
  return kubeConfig;
}

function fail(error: unknown): never {
  const cause =
    error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message.split('\n')[0]})` : '';
  process.stderr.write(
    `metrics-server-operator: ${error instanceof Error ? error.message : error}${cause}\n`,
  );
  process.exit(1);
}

main().catch(fail);
