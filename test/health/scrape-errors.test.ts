import type { V1Pod } from '@kubernetes/client-node';
import { expect } from 'chai';
import type { Facts } from '../../src/health/facts.ts';
import { unreadySince } from '../../src/health/pods.ts';
import { causeOf, lacksPods, scrapeErrors, suspect, webhookFailure } from '../../src/health/scrape-errors.ts';
import { reasonOf } from '../../src/health/scrape-reasons.ts';
import { answered, node, now, sampled, someFacts } from './some-facts.ts';

const secondsAgo = (seconds: number) => new Date(now.getTime() - seconds * 1000);

/** A pod whose container started, and whose Ready condition changed, so long ago. */
function pod(
  isReady: boolean,
  startedSecondsAgo: number,
  readyChangedSecondsAgo = startedSecondsAgo + 2,
): V1Pod {
  const container = {
    name: 'metrics-server',
    image: '',
    imageID: '',
    restartCount: 0,
    ready: isReady,
    state: { running: { startedAt: secondsAgo(startedSecondsAgo) } },
  };
  const ready = {
    type: 'Ready',
    status: isReady ? 'True' : 'False',
    lastTransitionTime: secondsAgo(readyChangedSecondsAgo),
  };
  return { metadata: { name: 'p' }, status: { containerStatuses: [container], conditions: [ready] } };
}

// Lines of metrics-server 0.9.0 and 0.7.2, as they came from real kubelets.
const log = `I0511 21:57:05.000000       1 serving.go:380] Generated self-signed cert (/tmp/apiserver.crt, /tmp/apiserver.key)
E0511 21:57:06.607078       1 scraper.go:140] "Failed to scrape node" err="Get \\"https://10.77.0.1:10250/metrics/resource\\": dial tcp 10.77.0.1:10250: connect: connection refused" node="node-1"
E0511 21:57:21.607078       1 scraper.go:149] "Failed to scrape node" err="Get \\"https://10.77.0.1:10250/metrics/resource\\": tls: failed to verify certificate: x509: certificate signed by unknown authority" node="node-1"
E0511 21:57:22.000000       1 scraper.go:147] "Failed to scrape node, timeout to access kubelet" err="Get \\"https://10.77.0.2:10250/metrics/resource\\": context deadline exceeded" node="node-2" timeout="10s"
I0511 21:57:23.000000       1 server.go:191] "Failed probe" probe="metric-storage-ready" err="no metrics to serve"
`;

// The same with --logging-format=json.
const jsonLog = `{"ts":1.5,"caller":"server/server.go:191","msg":"Failed probe","probe":"metric-storage-ready","err":"no metrics to serve"}
{"ts":2.5,"caller":"scraper/scraper.go:140","msg":"Failed to scrape node","node":{"name":"node-1"},"err":"Get \\"https://10.77.0.1:10250/metrics/resource\\": x509: bad"}
{"ts":3.5,"caller":"scraper/scraper.go:147","msg":"Failed to scrape node, timeout to access kubelet","node":{"name":"node-2"},"timeout":"10s","err":"context deadline exceeded"}
{"ts":4.5,"caller":"scraper/scraper.go:147","msg":"Failed to scrape node, timeout to access kubelet","node":{"name":"node-2"},"timeout":"10s","err":"cont`;

describe('pods that metrics-server 0.9 does not measure', () => {
  // As it says it with --v=2, whenever it changes.
  const [pods, both, ready] = [
    'I0511 21:57:06.607078       1 storage.go:108] "Metric storage is not ready, pod metrics are missing, this may indicate a container-runtime or kubelet issue" nodeMetrics=true podMetrics=false',
    'I0511 21:57:06.607078       1 storage.go:112] "Metric storage is not ready" nodeMetrics=false podMetrics=false',
    'I0511 21:57:06.607078       1 storage.go:106] "Metric storage is ready" nodeMetrics=true podMetrics=true',
  ];
  const json =
    '{"ts":1747000000000.1,"caller":"storage/storage.go:108","msg":"Metric storage is not ready, pod metrics are missing, this may indicate a container-runtime or kubelet issue","v":2,"nodeMetrics":true,"podMetrics":false}';
  it('are known by its last word on it', () => {
    expect(
      [[both, pods], [json], [pods, 'I0511 another line']].map((log) => lacksPods(log.join('\n'))),
    ).to.deep.equal([true, true, true]);
    expect([[pods, ready], [pods, both], ['']].map((log) => lacksPods(log.join('\n')))).to.deep.equal([
      false,
      false,
      false,
    ]);
  });
});

describe('the errors in a log of metrics-server', () => {
  it('are found in JSON as well, of which the last line may be cut off', () => {
    expect(scrapeErrors(jsonLog)).to.deep.equal([
      { node: 'node-1', error: 'Get "https://10.77.0.1:10250/metrics/resource": x509: bad', times: 1 },
      { node: 'node-2', error: 'context deadline exceeded', times: 1 },
    ]);
  });

  it('are those of kubelets without figures, too, where the log tells of them', () => {
    const said = 'Failed getting complete node metric';
    const lines = [
      `I0511 21:57:06.607078       1 decode.go:90] "${said}" node="node-1" metric={"StartTime":"0001-01-01T00:00:00Z"}`,
      `{"ts":1.5,"caller":"resource/decode.go:90","msg":"${said}","v":1,"node":"node-2","metric":{}}`,
    ];
    const errors = scrapeErrors(lines.join('\n'));
    expect(errors.map(({ node, error }) => [node, reasonOf(error, someFacts())])).to.deep.equal([
      ['node-1', 'NodeMetricsZero'],
      ['node-2', 'NodeMetricsZero'],
    ]);
  });

  it('are none about callers, whom metrics-server cannot look up', () => {
    const text =
      'Post "https://10.96.0.1:443/apis/authorization.k8s.io/v1/subjectaccessreviews?timeout=10s": context canceled';
    const line = `E0511 21:57:06.607078       1 webhook.go:266] Failed to make webhook authorizer request: ${text}`;
    expect(scrapeErrors(line)).to.deep.equal([]);
    expect([webhookFailure(`${log}${line}\n`), webhookFailure(log)]).to.deep.equal([text, undefined]);
  });

  it('are the last of each node, unquoted, and how many there were', () => {
    expect(scrapeErrors(log)).to.deep.equal([
      {
        node: 'node-1',
        error:
          'Get "https://10.77.0.1:10250/metrics/resource": tls: failed to verify certificate: x509: certificate signed by unknown authority',
        times: 2,
      },
      {
        node: 'node-2',
        error: 'Get "https://10.77.0.2:10250/metrics/resource": context deadline exceeded',
        times: 1,
      },
    ]);
  });
  it('are found in the sentences of releases before 0.6, of which a line has several', () => {
    // As 0.5 and 0.3 write them.
    const [five, three] = [
      'E0511 21:57:06.607078 1 server.go:132] unable to fully scrape metrics: [unable to fully scrape metrics from node a: unable to fetch metrics from node a: Get "https://10.0.0.1:10250/stats/summary?only_cpu_and_memory=true": x509: certificate signed by unknown authority, unable to fully scrape metrics from node b: unable to fetch metrics from node b: request failed - "403 Forbidden".]',
      'E0511 21:57:06.607078 1 manager.go:111] unable to fully collect metrics: unable to fully scrape metrics from source kubelet_summary:a: unable to fetch metrics from Kubelet a (10.0.0.1): Get https://10.0.0.1:10250/stats/summary/: dial tcp 10.0.0.1:10250: i/o timeout',
    ];
    const reasons = (line: string) =>
      scrapeErrors(line).map(({ node, error }) => `${node} ${reasonOf(error, someFacts())}`);
    expect(reasons(five)).to.deep.equal(['a KubeletCertUnknownCA', 'b KubeletForbidden']);
    expect(reasons(three)).to.deep.equal(['a KubeletTimeout']);
  });
  it('are none where nothing failed', () => expect(scrapeErrors('I0511 all is well\n')).to.deep.equal([]));
});

describe('why nodes are not scraped', () => {
  const x509 = {
    node: 'a',
    error: 'tls: failed to verify certificate: x509: certificate signed by unknown authority',
    times: 2,
  };
  const because = (log: Facts['log'], spec: object = {}, nodes?: string[]) =>
    causeOf(someFacts({ log, spec }), nodes).message;

  it('is the first error, with both ways out where a certificate is the cause', () => {
    expect(because({ is: 'read', errors: [x509] }))
      .to.include('a: tls: failed to verify certificate')
      .and.include('serverTLSBootstrap: true')
      .and.include('kubectl certificate approve')
      .and.include(
        `kubectl patch msc metrics-server --type=merge -p '{"spec":{"tls":{"kubelet":{"mode":"Insecure"}}}}'`,
      )
      .and.include('forge its metrics');
  });
  it('never advises to give up verification where that would not help', () => {
    const errors = [{ node: 'a', error: 'remote error: tls: internal error', times: 2 }];
    expect(because({ is: 'read', errors }))
      .to.include('approve its request')
      .and.not.include('Insecure');
    expect(
      because({ is: 'read', errors: [x509] }, { tls: { kubelet: { mode: 'Insecure' } } }),
    ).not.to.include('kubectl patch');
  });
  // As Go and metrics-server have them; the first and the last are real ones.
  const signatures = [
    [
      'Get "x": tls: failed to verify certificate: x509: cannot validate certificate for 10.77.0.1 because it doesn\'t contain any IP SANs',
      'KubeletCertNoIPSAN',
    ],
    ['x509: certificate is valid for 127.0.0.1, not 10.0.0.1', 'KubeletCertWrongSAN'],
    ['x509: certificate is valid for 120 names, but none matched node-1', 'KubeletCertWrongSAN'],
    ['x509: certificate is not valid for any names, but wanted to match node-1', 'KubeletCertWrongSAN'],
    ['x509: certificate signed by unknown authority', 'KubeletCertUnknownCA'],
    [
      'x509: certificate has expired or is not yet valid: current time 2026-01-01T12:00:00Z is after 2025-01-01T12:00:00Z',
      'KubeletCertExpired',
    ],
    ['x509: certificate relies on legacy Common Name field, use SANs instead', 'KubeletCertLegacyCN'],
    ['remote error: tls: internal error', 'KubeletServingCSRPending'],
    ['no address matched types [ExternalIP]', 'NoMatchingAddressType'],
    ['request failed, status: "401 Unauthorized"', 'KubeletUnauthorized'],
    ['request failed, status: "403 Forbidden"', 'KubeletForbidden'],
    ['request failed, status: "404 Not Found"', 'KubeletNotFound'],
    ['request failed, status: "500 Internal Server Error"', 'KubeletServerError'],
    ['Get "x": dial tcp: lookup node-1 on 10.96.0.10:53: no such host', 'NodeAddressUnresolvable'],
    ['Get "x": dial tcp: lookup node-1 on 10.96.0.10:53: server misbehaving', 'NodeAddressUnresolvable'],
    [
      'dial tcp: lookup node-1 on 10.96.0.10:53: read udp 10.0.0.1:1->10.96.0.10:53: i/o timeout',
      'NodeAddressUnresolvable',
    ],
    ['Get "x": context deadline exceeded', 'KubeletTimeout'],
    ['dial tcp 10.0.0.1:10250: i/o timeout', 'KubeletTimeout'],
    ['net/http: TLS handshake timeout', 'KubeletTimeout'],
    ['dial tcp 10.0.0.1:10250: connect: connection refused', 'KubeletRefused'],
    ['dial tcp 10.0.0.1:10250: connect: no route to host', 'KubeletNoRoute'],
    ['dial tcp [fd00::1]:10250: connect: network is unreachable', 'KubeletNoRoute'],
    ['Get "x": http: server gave HTTP response to HTTPS client', 'KubeletPlainHTTP'],
    ['x509: certificate specifies an incompatible key usage', 'ScrapeError'],
    ['something new', 'ScrapeError'],
  ] as const;
  for (const [error, reason] of signatures) {
    it(`has reason ${reason} where metrics-server says: ${error}`, () => {
      const log = { is: 'read' as const, errors: [{ node: 'a', error, times: 1 }] };
      const cause = causeOf(someFacts({ log }));
      expect(cause.reason).to.equal(reason);
      expect(cause.message.includes('serverTLSBootstrap: true')).to.equal(error.includes('x509:'));
    });
  }
  it('is a node of Fargate by its name, where it lacks the label of those', () => {
    const name = 'fargate-ip-10-0-0-1.internal';
    const errors = [{ node: name, error: 'timeout', times: 1 }];
    const { reason, message } = causeOf(someFacts({ nodes: [node(name)], log: { is: 'read', errors } }));
    expect(reason).to.equal('ServerlessNode');
    expect(message).to.include(`kubectl label node ${name} eks.amazonaws.com/compute-type=fargate; `);
  });
  it('stays the same from scrape to scrape, though the error has the time in it', () => {
    const waiting = ['b', 'c'].map((node) => ({
      node,
      error: 'remote error: tls: internal error',
      times: 1,
    }));
    const insecure = { tls: { kubelet: { mode: 'Insecure' } } };
    for (const [spec, others] of [
      [{}, []],
      [insecure, []],
      [insecure, waiting],
    ] as const) {
      const at = (time: string) => {
        const error = `Get "https://10.0.0.1:10250/metrics/resource": x509: certificate has expired or is not yet valid: current time ${time} is after 2025-01-01T12:00:00Z`;
        const errors = [{ node: 'a', error, times: 1 }, ...others];
        return causeOf(someFacts({ spec, log: { is: 'read', errors } })).message;
      };
      expect(at('2026-01-01T12:00:00Z')).to.equal(at('2026-01-01T12:00:10Z'));
      expect(at('2026-01-01T12:00:00Z')).to.include('not yet valid: now is after 2025-01-01T12:00:00Z');
    }
  });
  it('stays the same, whichever port the request came from', () => {
    const from = (port: number) => {
      const error = `Get "https://10.0.0.1:10250/metrics/resource": read tcp 10.1.0.5:${port}->10.0.0.1:10250: read: connection reset by peer`;
      return causeOf(someFacts({ log: { is: 'read', errors: [{ node: 'a', error, times: 1 }] } })).message;
    };
    expect(from(40312)).to.equal(from(40944));
    expect(from(40312)).to.include('read tcp 10.1.0.5->10.0.0.1:10250: read: connection reset by peer');
  });
  it('stays the same, whichever node fails first', () => {
    const x509 = 'x509: certificate signed by unknown authority';
    const errors = [
      { node: 'b', error: x509, times: 1 },
      { node: 'a', error: 'remote error: tls: internal error', times: 1 },
      { node: 'd', error: 'timeout', times: 1 },
      { node: 'c', error: 'connect: no route to host', times: 1 },
      { node: 'e', error: x509, times: 1 },
    ];
    const because = (some: typeof errors) =>
      causeOf(someFacts({ log: { is: 'read', errors: some } })).message;
    expect(because(errors.toReversed())).to.equal(because(errors));
    const two = errors.slice(0, 2);
    expect(because(two.toReversed())).to.equal(because(two));
  });
  it('has the reason that most nodes have, and names the others with theirs', () => {
    const errors = [
      { node: 'a', error: 'x509: certificate signed by unknown authority', times: 1 },
      { node: 'b', error: 'remote error: tls: internal error', times: 1 },
      { node: 'c', error: 'remote error: tls: internal error', times: 1 },
      { node: 'd', error: 'something new', times: 1 },
    ];
    const { reason, message } = causeOf(someFacts({ log: { is: 'read', errors } }));
    expect(reason).to.equal('KubeletServingCSRPending');
    expect(message)
      .to.include('b, c: remote error: tls: internal error (KubeletServingCSRPending); a: x509')
      .and.include('d: something new (ScrapeError).');
    const mostly = [...errors, ...['e', 'f', 'g'].map((node) => ({ node, error: 'timeout', times: 1 }))];
    const other = causeOf(someFacts({ log: { is: 'read', errors: mostly } }));
    expect(other.reason).to.equal('KubeletTimeout');
    expect(other.message).to.include('e, f, g: timeout (KubeletTimeout); b, c: remote error');
  });
  it('is none of certificates where nobody verifies them: such an error is of a pod that is being replaced', () => {
    const spec = { tls: { kubelet: { mode: 'Insecure' } } };
    expect(causeOf(someFacts({ log: { is: 'read', errors: [x509] }, spec })).reason).to.equal('ScrapeError');
  });
  it('names three nodes of a kind, and counts the others', () => {
    const errors = ['a', 'b', 'c', 'd'].map((node) => ({ node, error: 'something new', times: 2 }));
    expect(because({ is: 'read', errors })).to.equal('a, b, c and 1 more: something new.');
  });
  it('is not told at any length', () => {
    const errors = [{ node: 'a', error: 'x'.repeat(1000), times: 2 }];
    expect(because({ is: 'read', errors })).to.have.length.below(400);
  });

  describe('which a person may mend', () => {
    const errorOf = (error: string) => ({ is: 'read' as const, errors: [{ node: 'a', error, times: 2 }] });
    const forbidden = errorOf('request failed, status: "403 Forbidden"');
    const saidOf = (changes: Parameters<typeof someFacts>[0]) => causeOf(someFacts(changes));

    it('where a kubelet forbids it, as far as the API server says whether it may', () => {
      const webhook = 'authorization.mode: Webhook';
      const role = 'may not get nodes/metrics';
      const said = (mayScrape?: boolean) => saidOf({ log: forbidden, mayScrape }).message;
      expect(said(true)).to.include(webhook).and.not.include(role);
      expect(said(false)).to.include(role).and.not.include(webhook);
      expect(said()).to.include(role).and.include(webhook);
      const spec = { tls: { kubelet: { clientCertificateSecretRef: { name: 'x' } } } };
      expect(saidOf({ log: forbidden, spec }).message).to.include('whom the client certificate names');
    });
    it('by letting the operator grant it again, where that may change nothing', () => {
      const spec = { mode: 'Paused' };
      expect(saidOf({ log: forbidden, mayScrape: false, spec }).message).to.include(
        `ClusterRole system:metrics-server and its binding grant: the operator would set it right, but spec.mode is Paused: kubectl patch msc`,
      );
    });
    it('by setting a clock, where a certificate is out of date', () => {
      const log = errorOf('x509: certificate has expired or is not yet valid: current time x is before y');
      expect(saidOf({ log }).message).to.include('If its dates are right, a clock is wrong');
    });
    it('where no DNS knows the names of nodes: addresses first', () => {
      const spec = { addressPriority: ['Hostname', 'ExternalIP', 'InternalIP'] };
      expect(saidOf({ log: errorOf('lookup a: no such host'), spec }).message).to.include(
        `kubectl patch msc metrics-server --type=merge -p '{"spec":{"addressPriority":["InternalIP","Hostname","ExternalIP"]}}'`,
      );
    });
    it('where the port is wrong: that of the node', () => {
      const spec = { kubelet: { port: 10255, useNodeStatusPort: false } };
      const plain = errorOf('http: server gave HTTP response to HTTPS client');
      expect(saidOf({ log: plain, spec }).message).to.include(
        `-p '{"spec":{"kubelet":{"useNodeStatusPort":true,"port":null}}}'`,
      );
      expect(saidOf({ log: plain }).message).to.include('status.daemonEndpoints');
    });
    it('where a node is none: to leave it out, and what was left out before', () => {
      const labels = { 'eks.amazonaws.com/compute-type': 'fargate' };
      const spec = { nodes: { selector: { matchExpressions: [{ key: 'x', operator: 'Exists' }] } } };
      const nodes = [node('a', { labels })];
      const { reason, message } = saidOf({ log: errorOf('context deadline exceeded'), nodes, spec });
      expect(reason).to.equal('ServerlessNode');
      expect(message).to.include(
        '"matchExpressions":[{"key":"x","operator":"Exists"},{"key":"eks.amazonaws.com/compute-type","operator":"NotIn","values":["fargate"]}]',
      );
    });
    it('where a Windows node cannot measure, and only then', () => {
      const nodes = [node('a', { labels: { 'kubernetes.io/os': 'windows' } })];
      const said = (error: string) => saidOf({ log: errorOf(error), nodes }).reason;
      expect(said('request failed, status: "500 Internal Server Error"')).to.equal('WindowsNode');
      expect(said('connect: connection refused')).to.equal('KubeletRefused');
    });
  });
  it('is an error of the nodes that are asked for', () => {
    const errors = [
      { node: 'a', error: 'first', times: 2 },
      { node: 'b', error: 'second', times: 2 },
    ];
    expect(because({ is: 'read', errors }, {}, ['b'])).to.equal('b: second.');
  });
  it('is where to look, when nothing was read', () => {
    const command = 'kubectl logs -n kube-system deployment/metrics-server';
    expect(because({ is: 'unread' })).to.include(command);
    expect(because({ is: 'read', errors: [] })).to.include(command);
    expect(because({ is: 'read', errors: [], pod: 'p-1' })).to.include('kubectl logs -n kube-system p-1.');
    expect(because({ is: 'unreadable', message: 'forbidden' }))
      .to.include(command)
      .and.include('forbidden');
  });
});

describe('the pod whose log is read', () => {
  const cases = [
    { when: 'all is well', facts: { pods: [pod(true, 60)] }, isRead: false },
    { when: 'a pod has just started', facts: { pods: [pod(false, 19)] }, isRead: false },
    { when: 'a pod is not ready after 20 s', facts: { pods: [pod(false, 21)] }, isRead: true },
    {
      when: 'a pod has not been ready any more for 10 s',
      facts: { pods: [pod(false, 600, 10)] },
      isRead: false,
    },
    {
      when: 'a node is missing',
      facts: { pods: [pod(true, 60)], metrics: answered(sampled('a')) },
      isRead: true,
    },
    {
      when: 'a node is missing and no pod runs',
      facts: { metrics: answered(sampled('a')), nodes: [node('a'), node('b')] },
      isRead: false,
    },
  ];
  for (const { when, facts, isRead } of cases) {
    it(`is ${isRead ? 'one' : 'none'} when ${when}`, () =>
      expect(suspect(someFacts(facts)) !== undefined).to.equal(isRead));
  }

  it('counts from the loss of readiness where it was ready before', () => {
    expect(unreadySince(pod(false, 600, 30))).to.deep.equal(secondsAgo(30));
    expect(unreadySince(pod(false, 600))).to.deep.equal(secondsAgo(600));
  });
});
