import { KubeConfig } from '@kubernetes/client-node';

/** A kubeconfig with a current cluster: of the file, or as kubectl finds it. */
export function kubeConfigOf(file: string | undefined): KubeConfig {
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
