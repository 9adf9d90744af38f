import { expect } from 'chai';
import { diagnoseAvailable } from '../../src/health/available.ts';
import { problemList } from '../../src/health/problem-list.ts';
import { nodeProblems } from '../../src/health/problems.ts';
import { change, edit, field } from '../../src/health/remedy-words.ts';
import { diagnoseScraping } from '../../src/health/scraping.ts';
import { diagnoseSecure } from '../../src/health/secure.ts';
import { diagnoseServing } from '../../src/health/serving.ts';
import { answered, failed, sampled, someFacts } from './some-facts.ts';

const flags = { name: 'metrics-server', speaks: 'flags' as const };
const selector = {
  matchLabels: { a: 'b' },
  matchExpressions: [
    { key: 'type', operator: 'NotIn' as const, values: ['virtual-kubelet'] },
    { key: 'c', operator: 'In' as const, values: ['d', 'e'] },
    { key: 'f', operator: 'Exists' as const },
    { key: 'g', operator: 'DoesNotExist' as const },
  ],
};

const changes: [Parameters<typeof change>[1], string][] = [
  [{ addressPriority: ['InternalIP', 'Hostname'] }, '--kubelet-preferred-address-types=InternalIP,Hostname'],
  [
    { kubelet: { useNodeStatusPort: true, port: null } },
    '--kubelet-use-node-status-port instead of --kubelet-port',
  ],
  [{ nodes: { selector } }, "--node-selector='a=b,type notin (virtual-kubelet),c in (d,e),f,!g'"],
  [{ nodes: { selector: null } }, 'no --node-selector'],
  [
    { resolution: '15s', kubelet: { requestTimeout: null } },
    '--metric-resolution=15s, no --kubelet-request-timeout',
  ],
  [{ logging: { verbosity: 2 } }, '--v=2'],
  [{ image: { mirrors: ['r.example.com/x', 'y'] } }, 'image: r.example.com/x:TAG in the Deployment'],
  [{ availability: { replicas: 2 } }, 'replicas: 2 in the Deployment'],
  [
    { resources: { mode: 'Fixed', requests: { cpu: '1', memory: '1Gi' }, limits: { memory: '2Gi' } } },
    'requests of cpu=1,memory=1Gi and limits of memory=2Gi for its container',
  ],
  [{ scheduling: { hostNetwork: true } }, 'hostNetwork: true in the pods of the Deployment'],
  [{ servingPort: 4443 }, '--secure-port=4443, with the same containerPort in the Deployment'],
  [{ tls: { kubelet: { mode: 'Insecure', caBundleRef: null } } }, '--kubelet-insecure-tls'],
  [
    { tls: { kubelet: { mode: 'ClusterCA' } } },
    'no --kubelet-insecure-tls and no --kubelet-certificate-authority',
  ],
  [
    { tls: { kubelet: { mode: 'CustomCA', caBundleRef: { name: 'kubelet-ca' } } } },
    '--kubelet-certificate-authority=FILE, mounted from ConfigMap kubelet-ca',
  ],
];

const errors = {
  KubeletCertNoIPSAN: `Get "https://10.0.0.1:10250/metrics/resource": tls: failed to verify certificate: x509: cannot validate certificate for 10.0.0.1 because it doesn't contain any IP SANs`,
  KubeletForbidden: 'request failed, status: "403 Forbidden"',
  KubeletNotFound: 'request failed, status: "404 Not Found"',
  KubeletTimeout: 'context deadline exceeded',
  NodeAddressUnresolvable: 'dial tcp: lookup b on 10.96.0.10:53: no such host',
  NoMatchingAddressType: 'node b has no address matched types [Hostname]',
  KubeletUnauthorized: 'request failed, status: "401 Unauthorized"',
};

describe('how to mend what no config stands for', () => {
  for (const [spec, words] of changes) it(`is ${words}`, () => expect(change(flags, spec)).to.equal(words));

  it('is said by the names of flags, or of fields of the Deployment', () => {
    expect(field(flags, 'resolution')).to.equal('--metric-resolution');
    expect(field(flags, 'resources')).to.equal('the resources of its container');
    expect(field({}, 'resolution')).to.equal('spec.resolution');
    expect(edit(someFacts(flags))).to.equal('kubectl edit deployment -n kube-system metrics-server');
  });

  for (const [reason, error] of Object.entries(errors)) {
    it(`names no field of a config with ${reason}, and Insecure not first`, () => {
      const log = { is: 'read' as const, errors: [{ node: 'b', error, times: 2 }] };
      const facts = someFacts({ ...flags, log, metrics: answered(sampled('a')) });
      const [problem] = nodeProblems(facts);
      expect(problem?.reason).to.equal(reason);
      expect(problem?.remedy)
        .to.match(/--|kubelet/)
        .and.not.match(/spec\.|msc|the operator/);
      expect(problem?.remedy.indexOf('--kubelet-insecure-tls')).to.not.equal(0);
    });
  }

  it('names the port that kubelets have where neither a flag nor the node says another', () => {
    const log = {
      is: 'read' as const,
      errors: [{ node: 'b', error: 'connect: connection refused', times: 2 }],
    };
    const spec = { kubelet: { useNodeStatusPort: false } };
    const [problem] = nodeProblems(someFacts({ ...flags, spec, log, metrics: answered(sampled('a')) }));
    expect(problem?.remedy).to.include('and on port 10250.');
  });

  it('is --node-selector where it leaves out every node', () => {
    const facts = someFacts({ ...flags, spec: { nodes: { selector: { matchLabels: { x: 'y' } } } } });
    expect(diagnoseScraping(facts).message).to.equal(
      '--node-selector leaves out all 2 nodes; to scrape them: no --node-selector.',
    );
  });

  // Words of kube-aggregator, see test/health/serving.test.ts.
  for (const answer of [
    'service "metrics-server" not found',
    'cannot find endpoints for "metrics-server"',
    'context deadline exceeded',
    'x509: certificate signed by unknown authority',
    'system:anonymous',
  ]) {
    it(`names no field of a config where the API server says ${answer}`, () => {
      const facts = someFacts({ ...flags, metrics: failed(answer) });
      const [Available, Serving, Scraping, Secure] = [
        diagnoseAvailable(facts),
        diagnoseServing(facts),
        diagnoseScraping(facts),
        diagnoseSecure(facts),
      ];
      const [problem] = problemList({ Available, Serving, Scraping, Secure }, facts);
      expect(problem?.reason).to.equal(Serving.reason);
      expect(`${problem?.message} ${problem?.remedy}`).to.not.match(/spec\.|msc|[Tt]he operator|Applied/);
    });
  }
});
