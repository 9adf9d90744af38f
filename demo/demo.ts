import { relative } from 'node:path';
import { installByChart, release } from '../local-cluster/chart.ts';
import { defaultState } from '../local-cluster/layout.ts';
import type { LocalCluster } from '../local-cluster/local-cluster.ts';
import { startNodeCluster } from '../local-cluster/node-cluster.ts';
import { autoscaling, carryOut, handChecks, manifests, type Step, scaled, subjects } from './scenario.ts';

const startedAt = Date.now();

/** From nothing to metrics on a real cluster whose nodes cannot reach upstream's registry. */
async function demo(): Promise<void> {
  chapter('A real Kubernetes on this machine, whose nodes reach one registry: a mirror on 127.0.0.1:5000');
  const cluster = await startNodeCluster({
    state: defaultState,
    nodes: 2,
    kubeletCertificates: 'cluster-ca',
    say: (line) => console.log(line),
  });

  chapter('The operator: its image from that registry, by its Helm chart, in a restricted namespace');
  await installByChart(cluster, (line) => console.log(line));
  await cluster.kubectl(['delete', 'namespace', 'demo', '--ignore-not-found']); // of an earlier demo
  await cluster.kubectl(['delete', 'msc', '--all']);
  console.log(await cluster.kubectl(['get', 'pods', '-n', release, '-o', 'wide']));

  chapter(`kubectl apply -f ${relative('.', manifests.config)}`);
  await applyAndWait(cluster);

  chapter('What people checked by hand');
  for (const step of handChecks(await subjects(cluster))) await show(step, cluster);

  chapter('What it is for: an autoscaler');
  console.log(await cluster.kubectl(['apply', '-f', manifests.busy]));
  await show(autoscaling, cluster);
  await show(scaled, cluster);
  goOn();
}

async function applyAndWait(cluster: LocalCluster): Promise<void> {
  const appliedAt = Date.now();
  console.log(await cluster.kubectl(['apply', '-f', manifests.config]));
  console.log('$ kubectl wait --for=condition=Ready msc/metrics-server   (about one resolution, 15 s)');
  const wait = cluster.kubectl(['wait', '--for=condition=Ready', 'msc/metrics-server', '--timeout=180s'], {
    timeoutMs: 200_000,
  });
  await wait.catch(async (error) => {
    console.error(await cluster.kubectl(['describe', 'msc', 'metrics-server']));
    throw error;
  });
  console.log(`Ready ${((Date.now() - appliedAt) / 1000).toFixed(1)} s after it was applied.\n`);
}

async function show(step: Step, cluster: LocalCluster): Promise<void> {
  const answer = await carryOut(step, cluster);
  const lines = answer
    .trim()
    .split('\n')
    .map((line) => (line.length > 160 ? `${line.slice(0, 157)}...` : line));
  console.log(`✔ ${step.title}\n$ kubectl ${step.command.join(' ')}\n${lines.slice(0, 8).join('\n')}\n`);
}

function goOn(): void {
  const seconds = Math.round((Date.now() - startedAt) / 1000);
  console.log(`Everything worked, in ${seconds} s. The cluster and the operator keep running. Go on:

  export KUBECONFIG=$PWD/${relative('.', defaultState)}/kubeconfig PATH=$PWD/${relative('.', defaultState)}/bin:$PATH
  kubectl get msc -o wide
  kubectl patch msc metrics-server --type=merge -p '{"spec":{"resolution":"30s"}}'
  kubectl -n kube-system delete deployment metrics-server      # and watch it come back
  kubectl -n metrics-server-operator logs -l app.kubernetes.io/name=metrics-server-operator

Remove it all without a trace: npm run cluster:down`);
}

function chapter(title: string): void {
  console.log(`\n[${((Date.now() - startedAt) / 1000).toFixed(0)} s] ${title}\n`);
}

demo().catch((error) => {
  console.error(`\nThe demo failed: ${error.message}`);
  console.error(
    'What has been started stays for a look (logs in .cluster/logs); remove it with: npm run cluster:down',
  );
  process.exitCode = 1;
});
