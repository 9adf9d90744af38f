import { KubeConfig } from '@kubernetes/client-node';
import { type Connection, connect } from '../src/platform/connection.ts';
import type { LocalCluster } from './local-cluster.ts';

/** Requests as admin, without starting a kubectl for each. */
export function connectAsAdmin(cluster: LocalCluster): Connection {
  return connectBy(cluster.kubeconfig);
}

/** Requests as whoever a kubeconfig says. */
export function connectBy(file: string): Connection {
  const load = () => {
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromFile(file);
    return kubeConfig;
  };
  const signal = new AbortController().signal; // it lives as long as the process
  return connect({ load, onReplaced: console.log, onUnreadable: console.error, signal });
}
