import { nobodyAnswers, nothingRegistered } from './impact.ts';
import type { lookups } from './lookups.ts';
import { type Fault, gone, type Page, patch, returns } from './page.ts';

const mended = `${returns('Serving')} \`kubectl top nodes\` has figures.`;
const hostNetwork = patch({ scheduling: { hostNetwork: true }, servingPort: 10251 });
const rotate = '`kubectl annotate msc metrics-server metrics-server.io/rotate="$(date +%s)" --overwrite`';
const keptByOperator = 'The operator keeps it right: see what Accepted and Applied say is in the way.';

/** The way from the API server to the pods. That the operator may not ask is told in Applied. */
export const serving: Record<Exclude<Fault<'Serving'>, 'Forbidden' | keyof typeof lookups>, Page> = {
  NotRegistered: {
    shows: nothingRegistered,
    signs: [{ in: 'message', text: 'The APIService is registered once the first pod is ready.' }],
    causes: ['No pod is ready yet, or something is in the way. That is no fault while pods start.'],
    steps: ['See to Available, or to Applied where the message names it.'],
    mended,
  },
  Withdrawn: {
    shows: nothingRegistered,
    signs: [
      {
        in: 'message',
        text: 'The metrics API was registered but did not answer within 60 s (<cause>). The APIService was withdrawn, for a dead one blocks the deletion of namespaces; it is tried again at <time>. <remedy>',
      },
    ],
    causes: [
      'The way from the API server to the pods does not work. The message has the reason, such as AggregatorTimeout.',
    ],
    steps: [
      'See to the section of the reason in the message.',
      'Then wait: the registration is tried again after a pause of 1 to 30 minutes; the message has the time.',
    ],
    mended,
  },
  BreakerOpen: {
    shows: nothingRegistered,
    signs: [
      {
        in: 'message',
        text: 'The metrics API has not answered since <time> (<cause>). The APIService was deregistered at <time> (spec.breaker), for a dead one blocks the deletion of namespaces; it is registered again as soon as a pod is ready, but not before <time>. <remedy>',
      },
    ],
    causes: [
      '`spec.breaker.enabled` is true, and the metrics API has been dead for longer than `spec.breaker.after`. The message has the cause.',
    ],
    steps: [
      'See to the section of the reason in the message, or to Available where no pod is ready.',
      'Then wait for the time in the message. With `spec.mode` Paused it stays as it is.',
      `Where a dead metrics API should stay registered: ${patch({ breaker: { enabled: false } })}.`,
    ],
    mended,
  },
  Registering: {
    shows: nobodyAnswers,
    signs: [
      {
        in: 'message',
        text: 'The APIService was registered just now; the API server takes a few seconds to use it.',
      },
    ],
    causes: ['The APIService is new. That is no fault.'],
    steps: ['Wait: it takes 1 to 5 s, and after 10 s there is another reason.'],
    mended,
  },
  AggregatorTLS: {
    shows: `${nobodyAnswers} Before Kubernetes 1.36 the APIService says \`Passed: all checks passed\` all the same, because its own check does not look at the certificate.`,
    signs: [
      {
        in: 'answer',
        text: 'error trying to reach service: tls: failed to verify certificate: x509: certificate signed by unknown authority',
      },
      {
        in: 'check',
        text: 'failing or missing response from https://10.0.0.5:10250/apis/metrics.k8s.io/v1beta1: Get "https://10.0.0.5:10250/apis/metrics.k8s.io/v1beta1": tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-01-01T12:00:00Z is after 2025-12-31T00:00:00Z',
      },
    ],
    causes: [
      'The `caBundle` of the APIService is not that of the certificate that metrics-server shows.',
      'The certificate has expired, or a clock is wrong.',
      'It is not for the name of the Service.',
      'Something between the API server and the pods ends TLS, such as a service mesh.',
    ],
    steps: [
      'Wait two minutes, and see that Applied is True: the operator keeps the two together.',
      `With \`spec.tls.serving.mode\` Managed, the default: have CA and certificate made anew: ${rotate}.`,
      'With Secret: put another certificate into the Secret. With CertManager: have another one issued: `kubectl delete secret -n kube-system metrics-server-serving-issued`. With SelfSigned the API server should not ask for a known one: Accepted and Applied say what keeps the operator from setting `insecureSkipTLSVerify` in the APIService.',
      'See that nothing between the API server and the pods ends TLS, and that the clocks of the nodes are right.',
    ],
    mended,
  },
  ServiceNotFound: {
    shows: nobodyAnswers,
    signs: [{ in: 'check', text: 'service/metrics-server in "kube-system" is not present' }],
    causes: ['Somebody has deleted the Service, and the operator may not make it again.'],
    steps: [keptByOperator, 'Look at it: `kubectl get service -n kube-system metrics-server`.'],
    mended,
  },
  ServicePortError: {
    shows: nobodyAnswers,
    signs: [
      { in: 'check', text: 'service/metrics-server in "kube-system" is not listening on port 443' },
      { in: 'answer', text: 'no service port 443 found for service "metrics-server"' },
    ],
    causes: [
      'The port of the Service and the one that the APIService asks at are not the same: somebody has changed one of them.',
    ],
    steps: [
      keptByOperator,
      'Compare them: `kubectl get service -n kube-system metrics-server -o yaml` and `kubectl get apiservice v1beta1.metrics.k8s.io -o yaml`.',
    ],
    mended,
  },
  EndpointsNotFound: {
    shows: nobodyAnswers,
    signs: [
      { in: 'check', text: 'cannot find endpointslices for service/metrics-server in "kube-system"' },
      { in: 'check', text: 'cannot find endpoints for service/metrics-server in "kube-system"' },
    ],
    causes: ['The selector of the Service fits no pod: somebody has changed it, or the labels of the pods.'],
    steps: [
      keptByOperator,
      'Compare selector and labels: `kubectl get service -n kube-system metrics-server -o wide` and `kubectl get pods -n kube-system --show-labels`.',
    ],
    mended,
  },
  MissingEndpoints: {
    shows: nobodyAnswers,
    signs: [
      {
        in: 'check',
        text: 'endpointslices for service/metrics-server in "kube-system" have no addresses with port name "https"',
      },
      {
        in: 'check',
        text: 'endpoints for service/metrics-server in "kube-system" have no addresses with port name "https"',
      },
    ],
    causes: ['No pod is ready. This only follows from that: Available has the cause.'],
    steps: [
      'See to the reason of Available.',
      'Look at the pods: `kubectl get pods -n kube-system -l k8s-app=metrics-server`.',
    ],
    mended,
  },
  AggregatorTimeout: {
    shows: nobodyAnswers,
    signs: [
      {
        in: 'check',
        text: 'failing or missing response from https://10.0.0.5:10250/apis/metrics.k8s.io/v1beta1: Get "https://10.0.0.5:10250/apis/metrics.k8s.io/v1beta1": context deadline exceeded',
      },
      {
        in: 'check',
        text: 'failing or missing response from https://10.0.0.5:10250/apis/metrics.k8s.io/v1beta1: Get "https://10.0.0.5:10250/apis/metrics.k8s.io/v1beta1": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)',
      },
      { in: 'answer', text: 'error trying to reach service: dial tcp 10.0.0.5:10250: i/o timeout' },
    ],
    causes: [
      'A security group or firewall closes the serving port between the control plane and the nodes.',
      'The control plane has no way to the network of the pods, such as with another network plugin on EKS.',
      'A NetworkPolicy, or a service mesh that wants mTLS of everybody, drops the requests of the API server.',
      'A tunnel between control plane and nodes (konnectivity) is down.',
    ],
    steps: [
      'Open the serving port (10250, or `spec.servingPort`) from the control plane to nodes and pods, in firewalls, security groups and network policies.',
      'In a service mesh: let the pods take requests without its mTLS, such as a PeerAuthentication of Istio with PERMISSIVE.',
      `Where the control plane reaches nodes but not pods, let the pods use the network of the nodes, at another port than that of the kubelets: ${hostNetwork}.`,
    ],
    mended,
  },
  AggregatorNoRoute: {
    shows: nobodyAnswers,
    signs: [
      {
        in: 'answer',
        text: 'error trying to reach service: dial tcp 10.0.0.5:10250: connect: no route to host',
      },
      {
        in: 'check',
        text: 'failing or missing response from https://10.0.0.5:10250/apis/metrics.k8s.io/v1beta1: Get "https://10.0.0.5:10250/apis/metrics.k8s.io/v1beta1": dial tcp 10.0.0.5:10250: connect: connection refused',
      },
    ],
    causes: [
      'The network plugin, or a firewall of the node, refuses what comes from the control plane.',
      'There is no route from the control plane to the network of the pods.',
    ],
    steps: [
      'See to routes and firewalls between the control plane and the serving port of the pods, and to the network plugin.',
      `Where the control plane reaches nodes but not pods: ${hostNetwork}.`,
    ],
    mended,
  },
  FrontProxyRejected: {
    shows: `${nobodyAnswers} The log of metrics-server has \`"Unable to authenticate the request" err="[x509: certificate signed by unknown authority…]"\`.`,
    signs: [
      {
        in: 'check',
        text: 'failing or missing response from https://10.0.0.5:10250/apis/metrics.k8s.io/v1beta1: bad status from https://10.0.0.5:10250/apis/metrics.k8s.io/v1beta1: 401',
      },
      {
        in: 'check',
        text: 'failing or missing response from https://10.0.0.5:10250/apis/metrics.k8s.io/v1beta1: bad status from https://10.0.0.5:10250/apis/metrics.k8s.io/v1beta1: 403',
      },
    ],
    causes: [
      "The CA of kube-apiserver's `--requestheader-client-ca-file` is not that of its `--proxy-client-cert-file`.",
      'On EKS: `username` in the ConfigMap aws-auth.',
    ],
    steps: [
      'Compare the CA in ConfigMap `kube-system/extension-apiserver-authentication` with the one that has issued the certificate in `--proxy-client-cert-file`, and set `--requestheader-client-ca-file` of kube-apiserver right.',
      `Where kube-apiserver cannot be changed, name the CA yourself: \`kubectl create configmap front-proxy-ca -n kube-system --from-file=ca.crt=FILE\`; ${patch({ requestHeader: { clientCAConfigMapRef: { name: 'front-proxy-ca' } } })}.`,
    ],
    mended,
  },
  NotAnswering: {
    shows: nobodyAnswers,
    signs: [{ in: 'answer', text: 'the server is currently unable to handle the request' }],
    causes: [
      'The metrics API does not answer, and the error is none that this operator knows. The message has it.',
    ],
    steps: [
      'Ask for yourself: `kubectl get --raw /apis/metrics.k8s.io/v1beta1/nodes`, and see the condition of the APIService: `kubectl describe apiservice v1beta1.metrics.k8s.io`.',
      'Read the log of metrics-server: `kubectl logs -n kube-system deployment/metrics-server`.',
    ],
    mended: `${mended} ${gone('Serving')}`,
  },
};
