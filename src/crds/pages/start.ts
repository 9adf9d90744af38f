import type { StartReason } from '../start-words.ts';
import { noPod } from './impact.ts';
import { type Page, patch, returns } from './page.ts';

const shows = `${noPod} \`kubectl get pods\` shows CrashLoopBackOff.`;
const mended = `${returns('Available')} The pods restart no more.`;
const roomy = patch({
  resources: { mode: 'Fixed', requests: { cpu: '200m', memory: '400Mi' }, limitMemory: null },
});
const yours = "with figures for your cluster: upstream's formula begins with 100m and 200Mi for 100 nodes";

/** Containers that end again and again. */
export const start: Record<StartReason, Page> = {
  InvalidResolution: {
    shows,
    signs: [
      {
        in: 'end',
        text: 'Error: metric-resolution should be a time duration at least 10s, but value 5s provided',
      },
    ],
    causes: [
      'The resolution is shorter than 10s. The API refuses such a config, so this is mostly said of a metrics-server without one (`npm run diagnose`).',
    ],
    steps: [`Set it to 15s or more: ${patch({ resolution: '15s' })}.`],
    mended,
  },
  ResolutionVsTimeout: {
    shows,
    signs: [
      {
        in: 'end',
        text: 'Error: metric-resolution should be larger than kubelet-request-timeout, but metric-resolution value 10s kubelet-request-timeout value 10s provided',
      },
    ],
    causes: [
      '0.9 × resolution is less than the time that a kubelet may take. The API refuses such a config, so this is mostly said of a metrics-server without one.',
    ],
    steps: [
      `Leave the timeout out, for it then follows the resolution: ${patch({ kubelet: { requestTimeout: null } })}.`,
      `Or set a longer resolution: ${patch({ resolution: '15s' })}.`,
    ],
    mended,
  },
  FlagConflict: {
    shows,
    signs: [
      { in: 'end', text: 'Error: unknown flag: --nonsense' },
      {
        in: 'end',
        text: 'Error: cannot use both --kubelet-certificate-authority and --kubelet-insecure-tls',
      },
      { in: 'end', text: 'Error: need both --kubelet-client-key and --kubelet-client-certificate' },
    ],
    causes: [
      'The image is of another release than `spec.version` says: flags follow the version, never the tag.',
      'Two flags in `spec.extraFlags`, or one there and a field, do not go together.',
    ],
    steps: [
      'Where `spec.image.tag` is set: set `spec.version` to the release that is in that image.',
      'Take the flag that the message names out of `spec.extraFlags` (`kubectl edit msc metrics-server`). [extra-flags.md](extra-flags.md) has the flags of every release.',
    ],
    mended,
  },
  AuthConfigForbidden: {
    shows,
    signs: [
      {
        in: 'end',
        text: 'Error: unable to load configmap based request-header-client-ca-file: configmaps "extension-apiserver-authentication" is forbidden: User "system:serviceaccount:kube-system:metrics-server" cannot get resource "configmaps" in API group "" in the namespace "kube-system"',
      },
    ],
    causes: [
      'RoleBinding `kube-system/metrics-server-auth-reader` is missing, or names another account. It has to be in kube-system, wherever the pods are.',
    ],
    steps: [
      'The operator keeps that RoleBinding: see what Applied says is in the way.',
      'Look at it: `kubectl get rolebinding -n kube-system metrics-server-auth-reader -o yaml`. It grants Role `extension-apiserver-authentication-reader` to the account of the pods.',
    ],
    mended,
  },
  ApiserverUnreachable: {
    shows,
    signs: [
      {
        in: 'end',
        text: 'Error: unable to load configmap based request-header-client-ca-file: Get "https://10.96.0.1:443/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication": dial tcp 10.96.0.1:443: i/o timeout',
      },
      {
        in: 'end',
        text: 'Error: unable to load configmap based request-header-client-ca-file: Get "https://10.96.0.1:443/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication": dial tcp 10.96.0.1:443: connect: connection refused',
      },
    ],
    causes: [
      'kube-proxy, or what stands for it, does not work on the node of the pod.',
      'The network plugin does not carry what the pod sends.',
      'A NetworkPolicy forbids it.',
    ],
    steps: [
      'See whether other pods of that node reach the API server, at the address of the Service kubernetes: `kubectl get service -n default kubernetes`.',
      'See to kube-proxy and the network plugin on that node.',
      'See to the policies of the namespace: `kubectl get networkpolicies -n kube-system`.',
    ],
    mended,
  },
  PortInUse: {
    shows,
    signs: [
      {
        in: 'end',
        text: 'panic: failed to create listener: failed to listen on 0.0.0.0:10250: listen tcp 0.0.0.0:10250: bind: address already in use',
      },
    ],
    causes: [
      'The pod shares the network of the node (`spec.scheduling.hostNetwork`), where the kubelet has 10250, or something else has the port that was chosen.',
      'On Fargate a pod shares the network with its kubelet.',
    ],
    steps: [`Choose another port: ${patch({ servingPort: 10251 })}, or 4443.`],
    mended,
  },
  PortPermission: {
    shows,
    signs: [
      {
        in: 'end',
        text: 'panic: failed to create listener: failed to listen on 0.0.0.0:443: listen tcp 0.0.0.0:443: bind: permission denied',
      },
    ],
    causes: [
      'The port is below 1024, and metrics-server does not run as root. The API refuses such a config, so this is mostly said of a metrics-server without one.',
    ],
    steps: [
      `Choose a port from 1024 on: ${patch({ servingPort: 10250 })}; with hostNetwork another one than 10250.`,
    ],
    mended,
  },
  CertFileMissing: {
    shows,
    signs: [
      { in: 'end', text: 'Error: open /etc/metrics-server/serving-cert/tls.crt: no such file or directory' },
    ],
    causes: ['Secret `metrics-server-serving-cert`, which the operator fills, lacks `tls.crt` or `tls.key`.'],
    steps: [
      'See what Applied says of the certificate: the operator fills the Secret and keeps it.',
      'Look at it: `kubectl describe secret -n kube-system metrics-server-serving-cert`.',
    ],
    mended,
  },
  OOMKilled: {
    shows,
    signs: [{ in: 'termination', text: 'OOMKilled' }],
    causes: [
      'The limit of its memory is too low for the number of nodes and pods.',
      'A LimitRange of the namespace sets a limit.',
    ],
    steps: [
      'With `spec.resources.mode` Auto, the default, the operator raises the memory by itself: wait for that.',
      `Else, or where that does not end it, give it more: ${patch({ resources: { mode: 'Fixed', requests: { cpu: '100m', memory: '400Mi' }, limits: { memory: '800Mi' }, limitMemory: null } })}, ${yours}.`,
    ],
    mended,
  },
  LivezTimeout: {
    shows,
    signs: [
      {
        in: 'end',
        text: 'I0511 21:57:23.000000       1 server.go:136] "Failed probe" probe="metric-collection-timely" err="metric collection didn\'t finish on time"',
      },
    ],
    causes: [
      'The container is short of CPU for the number of nodes.',
      'A scrape of all nodes takes longer than one and a half resolutions.',
    ],
    steps: [
      `Give it more CPU: ${roomy}, ${yours}.`,
      `Or set a longer resolution: ${patch({ resolution: '30s' })}.`,
    ],
    mended,
  },
  CrashLoop: {
    shows,
    signs: [{ in: 'end', text: 'panic: runtime error: invalid memory address or nil pointer dereference' }],
    causes: [
      'The container ends for a cause that this operator does not know. The message has its last words.',
    ],
    steps: [
      'Read all of them: `kubectl logs -n kube-system deployment/metrics-server --previous`.',
      'Where it began with a change of the spec, take that back. Where it began with a release, choose the one before in `spec.version`.',
    ],
    mended,
  },
};
