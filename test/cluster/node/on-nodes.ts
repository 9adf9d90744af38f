import type { LocalCluster } from '../../../local-cluster/local-cluster.ts';
import { type NodeClusterOptions, startNodeCluster } from '../../../local-cluster/node-cluster.ts';
import {
  installOperator,
  type OperatorProcess,
  operatorKubeconfig,
  startOperator,
} from '../../../local-cluster/operator.ts';
import { stateFolder } from '../state-folder.ts';

interface Running {
  cluster: LocalCluster;
  operator: OperatorProcess;
  /** Starts the operator once more; whoever asks for it has ended the one before. */
  startAgain(): OperatorProcess;
}

type Options = Pick<NodeClusterOptions, 'nodes' | 'kubeletCertificates'> & {
  /** The operator runs in the network of the nodes, as a pod would, and reaches what is there. */
  isInside?: boolean;
};

/** Gives the suite a cluster with real nodes and the operator on it, and takes both away after it. Ask for it in tests and hooks only. */
export function onNodes(
  suite: string,
  { isInside = false, ...options }: Options,
  settings: Record<string, string> = {},
): () => Running {
  const started: Partial<Running> = {};

  before(async function () {
    this.timeout(2_400_000); // the first run builds all of Kubernetes
    const say = (line: string) => console.log(`      ${line}`);
    const cluster = await startNodeCluster({
      ...options,
      state: stateFolder(suite),
      say,
      diesWithParent: true,
    });
    started.cluster = cluster;
    await installOperator(cluster);
    const network = isInside ? cluster.network : undefined;
    const kubeconfig = await operatorKubeconfig(cluster, network?.kubeconfig);
    const all = network ? { REACHES_PODS: 'true', ...settings } : settings;
    started.startAgain = () => {
      started.operator = startOperator(kubeconfig, `${cluster.state}-operator.log`, all, network?.within);
      return started.operator;
    };
    started.startAgain();
  });
  after(async () => {
    await started.operator?.end();
    await started.cluster?.down();
  });

  return () => {
    const { cluster, operator, startAgain } = started;
    if (cluster === undefined || operator === undefined || startAgain === undefined)
      throw new Error('the cluster has not been started');
    return { cluster, operator, startAgain };
  };
}
