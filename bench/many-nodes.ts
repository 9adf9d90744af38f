import { setTimeout as sleep } from 'node:timers/promises';
import type { V1Node } from '@kubernetes/client-node';
import type { Connection } from '../src/platform/connection.ts';

/** Where all the kubelets of the nodes are said to listen. */
export interface Place {
  address: string;
  port: number;
}

export const nodeNames = (count: number) =>
  Array.from(
    { length: count },
    (_, index) => `ip-10-${Math.floor(index / 250)}-${index % 250}-7.node.example`,
  );

export function labelsOf(name: string): Record<string, string> {
  return {
    'beta.kubernetes.io/arch': 'amd64',
    'beta.kubernetes.io/os': 'linux',
    'kubernetes.io/arch': 'amd64',
    'kubernetes.io/os': 'linux',
    'kubernetes.io/hostname': name,
    'node.kubernetes.io/instance-type': 'm6i.2xlarge',
    'topology.kubernetes.io/region': 'eu-central-1',
    'topology.kubernetes.io/zone': 'eu-central-1b',
    'failure-domain.beta.kubernetes.io/region': 'eu-central-1',
    'failure-domain.beta.kubernetes.io/zone': 'eu-central-1b',
    'node.example.com/pool': 'workers-general-purpose',
    'node.example.com/image': 'ami-0123456789abcdef0',
    'node.example.com/capacity-type': 'on-demand',
  };
}

/** As large as a Node of a cloud is: most of it are its conditions and its fifty images, which kubelets list. */
function node(name: string, { address, port }: Place): object {
  const images = Array.from({ length: 50 }, (_, index) => {
    const repository = `123456789012.dkr.ecr.eu-central-1.amazonaws.com/some-team/some-service-${index}`;
    const digest = `${index}`.padStart(64, 'c0ffee');
    return {
      names: [`${repository}@sha256:${digest}`, `${repository}:v1.${index}.0-build.4711`],
      sizeBytes: 123456789 + index,
    };
  });
  const amounts = {
    cpu: '8',
    memory: '32386544Ki',
    pods: '58',
    'ephemeral-storage': '83873772Ki',
    'hugepages-1Gi': '0',
    'hugepages-2Mi': '0',
  };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: labelsOf(name),
      annotations: {
        'volumes.kubernetes.io/controller-managed-attach-detach': 'true',
        'node.alpha.kubernetes.io/ttl': '0',
        'csi.volume.kubernetes.io/nodeid': '{"ebs.csi.aws.com":"i-0123456789abcdef0"}',
      },
    },
    spec: {
      podCIDR: '10.88.1.0/24',
      podCIDRs: ['10.88.1.0/24'],
      providerID: 'aws:///eu-central-1b/i-0123456789abcdef0',
    },
    status: {
      capacity: amounts,
      allocatable: amounts,
      conditions: conditions(new Date()),
      addresses: [
        { type: 'InternalIP', address },
        { type: 'Hostname', address }, // kube-apiserver asks there for logs
        { type: 'InternalDNS', address: name },
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: port } },
      nodeInfo: {
        machineID: 'ec2a1b2c3d4e5f60718293a4b5c6d7e8',
        systemUUID: 'ec2a1b2c-3d4e-5f60-7182-93a4b5c6d7e8',
        bootID: '0d5a8e1c-7a5d-4a6f-8f0e-1b2c3d4e5f60',
        kernelVersion: '6.12.0-1042-aws',
        osImage: 'Amazon Linux 2023',
        containerRuntimeVersion: 'containerd://2.1.4',
        kubeletVersion: 'v1.36.3',
        kubeProxyVersion: '',
        operatingSystem: 'linux',
        architecture: 'amd64',
      },
      images,
    },
  };
}

const longAgo = '2026-01-01T00:00:00Z';

function conditions(heartbeat: Date): NonNullable<V1Node['status']>['conditions'] {
  const of = (type: string, status: string, reason: string, message: string) => ({
    type,
    status,
    reason,
    message,
    lastHeartbeatTime: heartbeat,
    lastTransitionTime: new Date(longAgo),
  });
  return [
    of('MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
    of('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
    of('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
    of('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'),
  ];
}

const atOnce = 8;

/** Makes Nodes; an API server takes over what a new one says of its status. */
export async function addNodes(connection: Connection, names: string[], place: Place): Promise<void> {
  const left = names.values();
  const makeSome = async () => {
    for (const name of left)
      await connection.send({
        method: 'POST',
        path: '/api/v1/nodes',
        body: node(name, place),
        timeoutMs: 60_000,
      });
  };
  await Promise.all(Array.from({ length: atOnce }, makeSome));
}

const heartbeatEveryMs = 300_000; // kubelet's nodeStatusReportFrequency; what comes more often is its lease

/** Tells of each node every five minutes that it is as it was, as kubelets do. Returns what ends it. */
export function beatHearts(connection: Connection, names: string[]): () => Promise<void> {
  const ending = new AbortController();
  const beat = async () => {
    for (let next = 0; !ending.signal.aborted; next += 1) {
      const body = { status: { conditions: conditions(new Date()) } };
      const path = `/api/v1/nodes/${names[next % names.length]}/status`;
      await connection.send({
        method: 'PATCH',
        path,
        contentType: 'application/merge-patch+json',
        body,
        timeoutMs: 30_000,
      });
      await sleep(heartbeatEveryMs / names.length, undefined, { signal: ending.signal }).catch(
        () => undefined,
      ); // the loop sees the signal
    }
  };
  const done = beat();
  return async () => {
    ending.abort();
    await done;
  };
}
