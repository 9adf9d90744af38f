import { expect } from 'chai';
import { diagnoseServing } from '../../src/health/serving.ts';
import { failed, now, someFacts } from './some-facts.ts';

/** As Kubernetes 1.36 says it in an APIService. */
function checked(message: string, status = 'False') {
  const condition = { type: 'Available', status, reason: 'FailedDiscoveryCheck', message };
  return {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: 'v1beta1.metrics.k8s.io' },
    status: { conditions: [condition] },
  };
}

const unknownAuthority = 'x509: certificate signed by unknown authority';
const managed = { tls: { serving: { mode: 'Managed' } } };

describe('a certificate that the API server does not accept', () => {
  const from = 'error trying to reach service:';
  const cases = [
    {
      when: 'it has expired, as Go before 1.20 has it',
      text: `${from} x509: certificate has expired or is not yet valid`,
      says: 'It has expired, or is not valid yet, unless a clock is wrong',
    },
    {
      when: 'it has expired',
      text: `${from} tls: failed to verify certificate: x509: certificate has expired or is not yet valid`,
      says: 'It has expired, or is not valid yet, unless a clock is wrong',
    },
    {
      when: 'nobody vouches for it, as Kubernetes 1.31 to 1.35 have it',
      text: `${from} tls: failed to verify certificate: ${unknownAuthority}`,
      says: 'The caBundle of APIService v1beta1.metrics.k8s.io does not fit it',
    },
    {
      when: 'nobody vouches for it, for its CA has expired',
      text: `${from} ${unknownAuthority} (possibly because of "x509: certificate has expired or is not yet valid" while trying to verify candidate authority certificate "a")`,
      says: 'The caBundle of APIService v1beta1.metrics.k8s.io does not fit it',
    },
    {
      when: 'it is for another name',
      text: `${from} tls: failed to verify certificate: x509: certificate is valid for a, not b`,
      says: 'It is not for the name of the Service',
    },
    {
      when: 'it is for no name',
      text: `${from} tls: failed to verify certificate: x509: certificate is not valid for any names, but wanted to match b`,
      says: 'It is not for the name of the Service',
    },
    {
      when: 'it has its name in the subject only',
      text: `${from} x509: certificate relies on legacy Common Name field, use SANs instead`,
      says: 'It is not for the name of the Service',
    },
    {
      when: 'no more is said',
      text: `${from} tls: failed to verify certificate`,
      says: 'The caBundle of APIService v1beta1.metrics.k8s.io does not fit it',
    },
  ];
  for (const { when, text, says } of cases) {
    it(`is named by its error, and how it is mended, where ${when}`, () => {
      const found = diagnoseServing(someFacts({ metrics: failed(text), spec: managed }));
      expect(found).to.include({ status: 'False', reason: 'AggregatorTLS' });
      expect(found.message).to.include(text.replace(/^.*service: (tls: .*certificate: )?/, ''));
      const ways = cases.map((one) => one.says).filter((one) => found.message.includes(one));
      expect([...new Set(ways)], found.message).to.deep.equal([says]);
      expect(found.message).to.include('kubectl annotate msc metrics-server metrics-server.io/rotate=');
    });
  }

  it('is named also where the API server passes no request on any more', () => {
    const apiService = checked(
      `failing or missing response from https://10.0.0.1:10250/apis/metrics.k8s.io/v1beta1: Get "https://10.0.0.1:10250/apis/metrics.k8s.io/v1beta1": tls: failed to verify certificate: ${unknownAuthority}`,
    );
    const found = diagnoseServing(
      someFacts({ metrics: failed('service unavailable'), apiService, spec: managed }),
    );
    expect(found.reason).to.equal('AggregatorTLS');
    expect(found.message).to.include(`(${unknownAuthority})`);
  });

  it('is said in the same words at each look', () => {
    const at = (time: string) =>
      failed(
        `error trying to reach service: x509: certificate has expired or is not yet valid: current time ${time} is after 2026-01-01T00:00:00Z`,
      );
    const [one, other] = ['2026-02-01T00:00:00Z', '2026-02-01T00:00:15Z'].map((time) =>
      diagnoseServing(someFacts({ metrics: at(time) })),
    );
    expect(one?.message).to.equal(other?.message).and.include('now is after 2026-01-01T00:00:00Z');
  });

  it('is not what an old check says that has passed since', () => {
    const apiService = checked(unknownAuthority, 'True');
    expect(
      diagnoseServing(someFacts({ metrics: failed('service unavailable'), apiService })).reason,
    ).to.equal('NotAnswering');
  });

  it('has another cause where none has to be known', () => {
    const metrics = failed(`error trying to reach service: ${unknownAuthority}`);
    expect(diagnoseServing(someFacts({ metrics })).message).to.include('insecureSkipTLSVerify');
  });

  for (const [mode, says] of Object.entries({
    Managed: 'metrics-server.io/rotate',
    Secret: 'put another certificate into Secret mine',
    CertManager: 'kubectl delete secret -n kube-system metrics-server-serving-issued',
  })) {
    it(`is mended by whoever has made it (${mode})`, () => {
      const serving = { mode, ...(mode === 'Secret' && { secretRef: { name: 'mine' } }) };
      const expired = 'x509: certificate has expired or is not yet valid';
      for (const error of [unknownAuthority, expired, 'x509: certificate is valid for a, not b']) {
        const facts = someFacts({ metrics: failed(error), spec: { tls: { serving } } });
        expect(diagnoseServing(facts).message).to.include(says);
      }
    });
  }

  it('is not the cause of other failures', () => {
    const metrics = failed('error trying to reach service: dial tcp 10.0.0.1:10250: i/o timeout');
    expect(diagnoseServing(someFacts({ metrics, spec: managed })).reason).to.equal('AggregatorTimeout');
  });
});

// As kube-aggregator says them, in an answer or in the APIService.
const unavailable = 'the server is currently unable to handle the request';
const discovery = 'failing or missing response from https://10.0.0.1:10250/apis/metrics.k8s.io/v1beta1:';
const causes: { answer?: string; check?: string; reason: string }[] = [
  { check: 'service/metrics-server in "kube-system" is not present', reason: 'ServiceNotFound' },
  {
    check: 'service/metrics-server in "kube-system" cannot be checked due to: etcdserver: request timed out',
    reason: 'ServiceAccessError',
  },
  {
    check: 'service/metrics-server in "kube-system" is not listening on port 443',
    reason: 'ServicePortError',
  },
  {
    check: 'cannot find endpointslices for service/metrics-server in "kube-system"',
    reason: 'EndpointsNotFound',
  },
  {
    check:
      'endpointslices for service/metrics-server in "kube-system" have no addresses with port name "https"',
    reason: 'MissingEndpoints',
  },
  { answer: 'no service port 443 found for service "metrics-server"', reason: 'ServicePortError' },
  {
    check: `${discovery} Get "https://10.0.0.1:10250/apis/metrics.k8s.io/v1beta1": context deadline exceeded`,
    reason: 'AggregatorTimeout',
  },
  {
    check: `${discovery} Get "https://10.0.0.1:10250/apis/metrics.k8s.io/v1beta1": dial tcp 10.0.0.1:10250: connect: no route to host`,
    reason: 'AggregatorNoRoute',
  },
  { check: `${discovery} bad status from https://10.0.0.1:10250: 401`, reason: 'FrontProxyRejected' },
  { answer: 'Unauthorized', reason: 'FrontProxyRejected' },
  {
    answer: 'error trying to reach service: dial tcp 10.0.0.1:10250: connect: connection refused',
    reason: 'AggregatorNoRoute',
  },
  { answer: 'something new', reason: 'NotAnswering' },
];

describe('a request through the API server that is not answered', () => {
  it('is told in the same words, whichever port it came from', () => {
    const from = (port: number) => {
      const text = `error trying to reach service: read tcp 10.0.0.9:${port}->10.1.0.5:10250: read: connection reset by peer`;
      return diagnoseServing(someFacts({ metrics: failed(text) })).message;
    };
    expect(from(40312)).to.equal(from(40944));
    expect(from(40312)).to.include('read tcp 10.0.0.9->10.1.0.5:10250');
  });
  for (const { answer = unavailable, check, reason } of causes) {
    it(`has reason ${reason} where it says: ${check ?? answer}`, () => {
      const apiService = check === undefined ? undefined : checked(check);
      const found = diagnoseServing(someFacts({ metrics: failed(answer), apiService }));
      expect(found).to.include({ status: 'False', reason });
      expect(found.message).to.include(check ?? answer);
    });
  }
  it('comes of callers that nobody can look up, where the log says so', () => {
    const webhook =
      'Post "https://10.96.0.1:443/apis/authorization.k8s.io/v1/subjectaccessreviews?timeout=10s": context canceled';
    const log = { is: 'read' as const, errors: [], webhook };
    const found = diagnoseServing(someFacts({ metrics: failed(unavailable), log }));
    expect(found).to.include({ status: 'False', reason: 'AuthzWebhookTimeout' });
    expect(found.message).to.include(webhook);
  });
  it('is what metrics-server may not ask, or cannot, of the API server that asks it', () => {
    const said = (answer: string) => diagnoseServing(someFacts({ metrics: failed(answer) }));
    const path = 'Internal Server Error: "/apis/metrics.k8s.io/v1beta1/nodes":';
    const forbidden = said(
      `${path} subjectaccessreviews.authorization.k8s.io is forbidden: User "system:serviceaccount:kube-system:metrics-server" cannot create resource "subjectaccessreviews" in API group "authorization.k8s.io" at the cluster scope`,
    );
    expect(forbidden.reason).to.equal('NotAnswering');
    expect(forbidden.message).to.include(
      'which ClusterRoleBinding metrics-server:system:auth-delegator grants: the operator keeps it right',
    );
    const cutOff = said(
      `${path} Post "https://10.96.0.1:443/apis/authorization.k8s.io/v1/subjectaccessreviews?timeout=10s": context deadline exceeded`,
    );
    expect(cutOff.reason, 'it is not the API server that gets through to nobody').to.equal(
      'AuthzWebhookTimeout',
    );
    expect(cutOff.message).to.include('metrics-server itself does not reach the API server');
  });
  it('is one of a Service that selects no pod where a pod has been ready for a while', () => {
    const apiService = checked(
      'endpointslices for service/metrics-server in "kube-system" have no addresses with port name "https"',
    );
    const readySince = (secondsAgo: number) => {
      const lastTransitionTime = new Date(now.getTime() - secondsAgo * 1000);
      const container = { name: 'metrics-server', image: '', imageID: '', ready: true, restartCount: 0 };
      const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime }];
      return { metadata: { name: 'p' }, status: { containerStatuses: [container], conditions } };
    };
    const said = (secondsAgo: number) =>
      diagnoseServing(
        someFacts({ metrics: failed(unavailable), apiService, pods: [readySince(secondsAgo)] }),
      );
    expect(said(16)).to.include({ reason: 'EndpointsNotFound' });
    expect(said(16).message).to.include('Service kube-system/metrics-server selects no pod');
    expect(said(14), 'the API server may not know yet').to.include({ reason: 'MissingEndpoints' });
  });
  it('names the Service that the APIService names, whichever that is', () => {
    const check = checked('service/other in "elsewhere" is not present');
    const apiService = { ...check, spec: { service: { name: 'other', namespace: 'elsewhere' } } };
    expect(diagnoseServing(someFacts({ metrics: failed(unavailable), apiService })).message).to.include(
      'Service elsewhere/other, which the APIService names, does not exist: the operator keeps it right',
    );
  });
  it('is a port that does not answer where nobody answered in time, and all others do', () => {
    const silence = 'no answer within 5 s';
    const answers = { status: { readyReplicas: 1, replicas: 1 } };
    const said = (changes: object, metrics = { ...failed(silence), isServerUp: true }) =>
      diagnoseServing(someFacts({ metrics, deployment: answers, pods: [], ...changes }));
    expect(said({})).to.include({ reason: 'AggregatorTimeout' });
    expect(said({}).message).to.include(`${silence}. The control plane gets no answer from the pods`);
    const check = 'Get "https://10.0.0.1:10250/apis/metrics.k8s.io/v1beta1": context deadline exceeded';
    const apiService = checked(check);
    const known = said({ apiService });
    expect(known.message).to.include(check).and.not.include(silence);
    expect(said({ apiService }, { ...failed(unavailable), isServerUp: true })).to.deep.equal(known);
    expect(said({}, { ...failed(silence), isServerUp: false }).reason, 'it may be the API server').to.equal(
      'NotAnswering',
    );
    expect(said({ deployment: { status: {} } }).reason, 'there is nobody to answer').to.equal('NotAnswering');
  });
  it('is nothing that the operator mends while it is paused', () => {
    const apiService = checked('service/metrics-server in "kube-system" is not present');
    const facts = someFacts({ metrics: failed(unavailable), apiService, spec: { mode: 'Paused' } });
    expect(diagnoseServing(facts).message).to.include(
      `but spec.mode is Paused: kubectl patch msc metrics-server --type=merge -p '{"spec":{"mode":"Manage"}}'.`,
    );
  });
  it('is explained by itself rather than by a check that may be older', () => {
    const metrics = failed('error trying to reach service: dial tcp 10.0.0.1:10250: i/o timeout');
    const apiService = checked('service/metrics-server in "kube-system" is not present');
    expect(diagnoseServing(someFacts({ metrics, apiService })).reason).to.equal('AggregatorTimeout');
    const well = checked('service/metrics-server in "kube-system" is not present', 'True');
    expect(diagnoseServing(someFacts({ metrics: failed(unavailable), apiService: well })).reason).to.equal(
      'NotAnswering',
    );
  });
  it('is no lack of a right of ours where metrics-server takes everybody for anonymous', () => {
    const message = 'nodes.metrics.k8s.io is forbidden: User "system:anonymous" cannot list resource "nodes"';
    const anonymous = { is: 'forbidden' as const, message, atMs: 0 };
    expect(diagnoseServing(someFacts({ metrics: anonymous })).reason).to.equal('FrontProxyRejected');
    const ours = { ...anonymous, message: message.replace('system:anonymous', 'operator') };
    expect(diagnoseServing(someFacts({ metrics: ours })).reason).to.equal('Forbidden');
  });
});
