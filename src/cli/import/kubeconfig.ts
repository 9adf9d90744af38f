import { KubeConfig } from '@kubernetes/client-node';
import { type Connection, connect } from '../../platform/connection.ts';

/** A kubeconfig with a current cluster: of the file, or as kubectl finds it. */
function kubeConfigOf(file: string | undefined): KubeConfig {
  const kubeConfig = new KubeConfig();
  try {
    if (file === undefined) kubeConfig.loadFromDefault();
    else kubeConfig.loadFromFile(file);
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : error;
    throw new Error(`cannot read the kubeconfig${file === undefined ? '' : ` ${file}`}: ${why}`);
  }
  const server = kubeConfig.getCurrentCluster()?.server ?? '';
  // client-node takes http://localhost:8080 where it finds no kubeconfig at all.
  if (!server.startsWith('https:')) {
    throw new Error('the kubeconfig names no API server; choose one with --kubeconfig, or a context in it');
  }
  return kubeConfig;
}

/** One piece of work on the cluster of a kubeconfig; then the connection ends. */
export async function onCluster<T>(
  file: string | undefined,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const ending = new AbortController();
  const connection = connect({
    load: () => kubeConfigOf(file),
    onReplaced: () => undefined, // a request that failed for it tells why
    onUnreadable: () => undefined,
    signal: ending.signal,
  });
  return await work(connection).finally(() => ending.abort());
}
