import { join } from 'node:path';
import { type Binaries, pathOf } from './binaries.ts';
import { type Layout, network } from './layout.ts';
import type { KubeletCertificates } from './state.ts';

const loopback = '127.0.0.1';

export type ApiserverPlace =
  | { kind: 'loopback'; port: number; etcdPort: number; serviceAccounts: boolean }
  | { kind: 'node'; etcdPort: number; kubeletCertificates: KubeletCertificates };

export function etcdCommand(bin: Binaries, paths: Layout, port: number): string[] {
  const url = `http://${loopback}:${port}`;
  // A cluster of one needs no port for peers: port 0 takes any, and port 1 is an address nobody will use.
  const peer = `http://${loopback}:1`;
  return [
    pathOf(bin, 'etcd'),
    `--data-dir=${paths.etcd}`,
    '--unsafe-no-fsync', // what is in it may be lost
    `--listen-client-urls=${url}`,
    `--advertise-client-urls=${url}`,
    `--listen-peer-urls=http://${loopback}:0`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
  ];
}

export function apiserverCommand(bin: Binaries, paths: Layout, place: ApiserverPlace): string[] {
  const pki = (name: string) => join(paths.pki, name);
  return [
    pathOf(bin, 'kube-apiserver'),
    `--etcd-servers=http://${loopback}:${place.etcdPort}`,
    `--service-cluster-ip-range=${network.services}`,
    '--allow-privileged=true',
    `--client-ca-file=${pki('ca.crt')}`,
    `--tls-cert-file=${pki('apiserver.crt')}`,
    `--tls-private-key-file=${pki('apiserver.key')}`,
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-account-key-file=${pki('service-account.pub')}`,
    `--service-account-signing-key-file=${pki('service-account.key')}`,
    // The aggregation layer: how kube-apiserver proves to metrics-server on whose behalf it asks.
    `--requestheader-client-ca-file=${pki('front-proxy-ca.crt')}`,
    '--requestheader-allowed-names=front-proxy-client',
    '--requestheader-username-headers=X-Remote-User',
    '--requestheader-group-headers=X-Remote-Group',
    '--requestheader-extra-headers-prefix=X-Remote-Extra-',
    `--proxy-client-cert-file=${pki('front-proxy-client.crt')}`,
    `--proxy-client-key-file=${pki('front-proxy-client.key')}`,
    `--audit-policy-file=${paths.auditPolicy}`,
    `--audit-log-path=${paths.auditLog}`,
    '--audit-log-maxsize=100000', // megabytes; otherwise the log is split at 100
    ...placeFlags(place, pki),
  ];
}

function placeFlags(place: ApiserverPlace, pki: (name: string) => string): string[] {
  switch (place.kind) {
    case 'loopback':
      return [
        '--authorization-mode=RBAC',
        `--bind-address=${loopback}`,
        `--advertise-address=${loopback}`,
        `--secure-port=${place.port}`,
        '--endpoint-reconciler-type=none', // endpoints may not be loopback addresses
        '--enable-aggregator-routing=true', // there is no kube-proxy that would lead a Service to its endpoints
        // Without a controller manager no namespace has a default ServiceAccount, and every Pod would be refused.
        ...(place.serviceAccounts ? [] : ['--disable-admission-plugins=ServiceAccount']),
      ];
    case 'node':
      return [
        '--authorization-mode=Node,RBAC',
        '--enable-admission-plugins=NodeRestriction',
        '--bind-address=0.0.0.0',
        `--advertise-address=${network.bridgeAddress}`,
        `--secure-port=${network.apiPort}`,
        `--kubelet-client-certificate=${pki('kubelet-client.crt')}`,
        `--kubelet-client-key=${pki('kubelet-client.key')}`,
        '--kubelet-preferred-address-types=InternalIP,Hostname',
        // Certificates that kubelets signed themselves cannot be verified; logs and exec go on without.
        ...(place.kubeletCertificates === 'cluster-ca'
          ? [`--kubelet-certificate-authority=${pki('ca.crt')}`]
          : []),
      ];
  }
}

/** `extra` says what is special about the shape of the cluster. */
export function controllerManagerCommand(
  bin: Binaries,
  paths: Layout,
  { kubeconfig, extra }: { kubeconfig: string; extra: string[] },
): string[] {
  const pki = (name: string) => join(paths.pki, name);
  return [
    pathOf(bin, 'kube-controller-manager'),
    `--kubeconfig=${kubeconfig}`,
    '--leader-elect=false',
    `--bind-address=${loopback}`,
    '--use-service-account-credentials=true',
    `--service-account-private-key-file=${pki('service-account.key')}`,
    `--root-ca-file=${pki('ca.crt')}`,
    `--cluster-signing-cert-file=${pki('ca.crt')}`,
    `--cluster-signing-key-file=${pki('ca.key')}`,
    '--kube-api-qps=200',
    '--kube-api-burst=400',
    ...extra,
  ];
}

export function schedulerCommand(bin: Binaries, kubeconfig: string): string[] {
  return [
    pathOf(bin, 'kube-scheduler'),
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    '--leader-elect=false',
    `--bind-address=${loopback}`,
  ];
}
