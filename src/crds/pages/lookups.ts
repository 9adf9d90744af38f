import { nobodyAnswers } from './impact.ts';
import { type Page, returns } from './page.ts';

const mended = `${returns('Serving')} \`kubectl top nodes\` has figures.`;

/** What API server and metrics-server cannot find out about each other. */
export const lookups = {
  ServiceAccessError: {
    shows: nobodyAnswers,
    signs: [
      {
        in: 'check',
        text: 'service/metrics-server in "kube-system" cannot be checked due to: etcdserver: request timed out',
      },
    ],
    causes: [
      'kube-apiserver could not look up the Service, or its endpoints: it is starting, or its etcd is in trouble.',
    ],
    steps: ['Read the log of kube-apiserver, and see to etcd. metrics-server has no part in it.'],
    mended,
  },
  AuthzWebhookTimeout: {
    shows: nobodyAnswers,
    signs: [
      {
        in: 'log',
        text: 'E0511 21:57:06.607078       1 webhook.go:266] Failed to make webhook authorizer request: Post "https://10.96.0.1:443/apis/authorization.k8s.io/v1/subjectaccessreviews?timeout=10s": context canceled',
      },
      {
        in: 'log',
        text: 'E0511 21:57:06.607078       1 webhook.go:154] Failed to make webhook authenticator request: Post "https://10.96.0.1:443/apis/authentication.k8s.io/v1/tokenreviews?timeout=10s": context canceled',
      },
    ],
    causes: [
      'Pods do not reach the API server at the address of the Service kubernetes any more: kube-proxy, the network plugin or a NetworkPolicy.',
      'The API server is too slow to answer.',
    ],
    steps: [
      'See to the way from the pods to the Service kubernetes: kube-proxy on the node of the pod, the network plugin, network policies of the namespace.',
      'See whether the API server is overloaded: `kubectl get --raw /readyz?verbose`.',
    ],
    mended,
  },
} satisfies Record<string, Page>;
