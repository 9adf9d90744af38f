import { expect } from 'chai';
import { parse } from 'yaml';
import { configPage } from '../../src/cli/import/page.ts';
import { catalogue, type FlagType } from '../../src/crds/catalogue/flags.ts';
import { takes } from '../../src/crds/catalogue/known-flags.ts';
import { readingOf } from '../../src/crds/effective.ts';
import { MetricsServerConfigSchema, MetricsServerConfigSpec } from '../../src/crds/metrics-server-config.ts';
import { commandLineOf } from '../../src/installed/command-line.ts';
import type { Found } from '../../src/installed/found.ts';
import { importedSpec } from '../../src/installed/imported-spec.ts';
import { metricsServerIn } from '../../src/installed/metrics-server-in.ts';
import { flags } from '../../src/resources/flags.ts';
import { plain } from '../crds/some-spec.ts';
import { changed, type Fixture, someFound } from './some-found.ts';

const fixtures: Fixture[] = ['upstream-0.6', 'upstream-0.9', 'chart'];
const release = (version: string) => `registry.k8s.io/metrics-server/metrics-server:v${version}`;
const upstreamArgs = [
  '--cert-dir=/tmp',
  '--secure-port=10250',
  '--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname,InternalDNS,ExternalDNS',
  '--kubelet-use-node-status-port',
  '--metric-resolution=15s',
];

/** Today's default container with further arguments. */
function withArgs(...args: string[]): Found {
  return changed(someFound('upstream-0.9'), { args: [...upstreamArgs, ...args] });
}

/** The flags that the operator would give. */
function flagsOf(spec: object): string[] {
  const surroundings = { kubernetes: '1.36.0', allowsLegacy: true };
  return flags('metrics-server', readingOf(MetricsServerConfigSpec.parse(spec), surroundings).spec);
}

describe('the imported spec', () => {
  it('of upstream 0.6 says only what the operator would do otherwise', () => {
    expect(importedSpec(someFound('upstream-0.6'))).to.deep.equal({
      spec: {
        version: '0.6.4',
        addressPriority: ['InternalIP', 'ExternalIP', 'Hostname'],
        servingPort: 4443,
        tls: { serving: { mode: 'SelfSigned' } },
      },
      remarks: [],
      notes: [
        {
          path: ['tls', 'serving', 'mode'],
          note: 'as it runs; leave it out, and the API server verifies who answers',
        },
      ],
    });
  });

  it('of upstream 0.9 is the version and the shorter list of addresses', () => {
    expect(importedSpec(someFound('upstream-0.9')).spec).to.deep.equal({
      version: '0.9.0',
      addressPriority: ['InternalIP', 'ExternalIP', 'Hostname'],
      tls: { serving: { mode: 'SelfSigned' } },
    });
  });

  it('of a chart carries over every value that has a field', () => {
    expect(importedSpec(someFound('chart')).spec).to.deep.equal({
      version: '0.7.2',
      namespace: 'monitoring',
      resolution: '1m0s',
      addressPriority: ['Hostname'],
      nodes: {
        selector: {
          matchExpressions: [
            { key: 'type', operator: 'NotIn', values: ['virtual-kubelet'] },
            { key: 'zone', operator: 'In', values: ['a', 'b'] },
          ],
        },
      },
      kubelet: { requestTimeout: '20s' },
      tls: {
        kubelet: { mode: 'Insecure' },
        serving: { mode: 'SelfSigned', cipherSuites: ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'] },
      },
      image: {
        repository: 'registry.example.com/metrics-server/metrics-server',
        pullPolicy: 'Always',
        pullSecrets: [{ name: 'registry' }],
      },
      availability: { replicas: 2 },
      resources: {
        mode: 'Fixed',
        requests: { cpu: '150m', memory: '300Mi' },
        limits: { memory: '600Mi' },
      },
      servingPort: 10260,
      scheduling: {
        nodeSelector: { pool: 'system' },
        tolerations: [
          { key: 'node-role.kubernetes.io/control-plane', operator: 'Exists', effect: 'NoSchedule' },
        ],
        affinity: {
          podAntiAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [
              {
                labelSelector: { matchLabels: { 'k8s-app': 'metrics-server' } },
                topologyKey: 'kubernetes.io/hostname',
              },
            ],
          },
        },
        priorityClassName: 'system-node-critical',
        hostNetwork: true,
      },
      pod: {
        labels: { team: 'platform' },
        annotations: { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'true' },
        env: [{ name: 'GOMEMLIMIT', value: '180MiB' }],
      },
      logging: { verbosity: 2 },
      extraFlags: { 'authorization-always-allow-paths': '/livez,/readyz,/healthz,/metrics' },
    });
  });

  it('of a chart names what it cannot carry over', () => {
    const begins = importedSpec(someFound('chart')).remarks.map((remark) =>
      remark.split(': ').slice(0, 2).join(': '),
    );
    expect(begins).to.deep.equal([
      'not carried over: --profiling=false',
      'rewritten: affinity and spread select the pods by k8s-app now',
      'not carried over: env NODE',
      'not carried over: container metrics-server-nanny',
      'not carried over: volume nanny-config-volume (configMap)',
      'not carried over: hostAliases of the pod',
    ]);
  });

  for (const fixture of fixtures) {
    it(`of ${fixture} leads to the same set of flags`, () => {
      const found = someFound(fixture);
      const { spec } = importedSpec(found);
      const container = metricsServerIn(found.deployment) ?? { name: '' };
      // A refused flag is gone; a selector is written another way; our timeout is metrics-server's own default.
      const { flags: ran } = commandLineOf(container);
      const { flags: will } = commandLineOf({ name: '', args: flagsOf(spec) });
      expect([...will].filter(([name]) => ran.has(name))).to.have.deep.members(
        [...ran]
          .filter(([name]) => name !== 'profiling')
          .map(([name, value]) => [
            name,
            name === 'node-selector' ? 'type notin (virtual-kubelet),zone in (a,b)' : value,
          ]),
      );
      expect([...will.keys()].filter((name) => !ran.has(name))).to.deep.equal(
        fixture === 'upstream-0.9' ? ['kubelet-request-timeout'] : [],
      );
    });

    it(`of ${fixture} makes a config that the schema accepts as it is printed`, () => {
      const found = someFound(fixture);
      const imported = importedSpec(found);
      const printed = parse(configPage(found, imported));
      expect(MetricsServerConfigSchema.safeParse(printed).error).to.equal(undefined);
      expect(printed.spec).to.deep.equal(imported.spec);
    });
  }

  it('puts into quotes what kubectl would not read as text', () => {
    const found = changed(someFound('upstream-0.9'), { args: [...upstreamArgs, '--node-selector=a=yes'] });
    expect(configPage(found, importedSpec(found))).to.include('        a: "yes"\n');
  });

  const flagCases = [
    { args: ['--v', '4'], spec: { logging: { verbosity: 4 } } },
    { args: ['-v4'], spec: { logging: { verbosity: 4 } } },
    { args: ['--metric-resolution=20s', '--metric-resolution', '1m30s'], spec: { resolution: '1m30s' } },
    { args: ['-l=a=b'], spec: { nodes: { selector: { matchLabels: { a: 'b' } } } } },
    {
      args: ['--node-selector=!virtual,zone'],
      spec: {
        nodes: {
          selector: {
            matchExpressions: [
              { key: 'virtual', operator: 'DoesNotExist' },
              { key: 'zone', operator: 'Exists' },
            ],
          },
        },
      },
    },
    {
      args: ['--kubelet-insecure-tls', '--v=1'],
      spec: { tls: { kubelet: { mode: 'Insecure' } }, logging: { verbosity: 1 } },
    },
    { args: ['--kubelet-insecure-tls=false'], spec: {} },
    {
      args: ['--kubelet-use-node-status-port=false', '--kubelet-port=10255'],
      spec: { kubelet: { useNodeStatusPort: false, port: 10255 } },
    },
    {
      args: ['--kubelet-certificate-authority=/var/run/secrets/kubernetes.io/serviceaccount/ca.crt'],
      spec: {},
    },
    { args: ['--max-requests-inflight=100'], spec: { extraFlags: { 'max-requests-inflight': '100' } } },
    { args: ['--max_requests_inflight=100'], spec: { extraFlags: { 'max-requests-inflight': '100' } } },
    {
      args: [
        '--tls-cipher-suites=TLS_AES_128_GCM_SHA256',
        '--tls-cipher-suites=TLS_AES_256_GCM_SHA384,TLS_CHACHA20_POLY1305_SHA256',
      ],
      spec: {
        tls: {
          serving: {
            cipherSuites: [
              'TLS_AES_128_GCM_SHA256',
              'TLS_AES_256_GCM_SHA384',
              'TLS_CHACHA20_POLY1305_SHA256',
            ],
          },
        },
      },
    },
    {
      args: ['--authentication-token-webhook-cache-ttl=1m0s'],
      spec: { authentication: { tokenCacheTTL: '1m0s' } },
    },
  ];
  for (const { args, spec } of flagCases) {
    it(`reads ${args.join(' ')}`, () => {
      const imported = importedSpec(withArgs(...args));
      expect(imported.spec).to.deep.equal(plain({ version: '0.9.0', ...spec }));
      expect(imported.remarks).to.deep.equal([]);
    });
  }

  const remarkCases = [
    {
      when: 'a flag is refused',
      found: withArgs('--contention-profiling'),
      says: '--contention-profiling=true: --contention-profiling cannot be set: metrics-server takes it and ignores it',
    },
    {
      when: 'no release has a flag',
      found: withArgs('--sink=x'),
      says: '--sink=x: no release of metrics-server has a flag --sink',
    },
    {
      when: 'an argument is no flag',
      found: withArgs('serve'),
      says: 'serve: metrics-server knows no such argument',
    },
    {
      when: 'a CA for the kubelets is a file',
      found: withArgs('--kubelet-certificate-authority=/ca/ca.crt'),
      says: '--kubelet-certificate-authority=/ca/ca.crt: spec.tls.kubelet.caBundleRef takes a ConfigMap or Secret, which this',
    },
    {
      when: 'the kubelets are asked in plain text',
      found: withArgs('--deprecated-kubelet-completely-insecure', '--kubelet-port=10255'),
      says: '--kubelet-port=10255: it is the port on which the kubelets speak plain text',
    },
    {
      when: 'the certificate is a file',
      found: withArgs('--tls-cert-file=/certs/tls.crt'),
      says: '--tls-cert-file=/certs/tls.crt: the operator keeps a CA and a certificate of its own',
    },
    {
      when: 'a node selector compares numbers',
      found: withArgs('--node-selector=cores>4'),
      says: '--node-selector=cores>4: nodes.selector knows In, NotIn',
    },
    {
      when: 'a value breaks a rule of the schema',
      found: withArgs('--max-requests-inflight=many'),
      says: '--max-requests-inflight=many: --max-requests-inflight takes a whole number',
    },
    {
      when: 'the port is privileged',
      found: withArgs('--secure-port=443'),
      says: '--secure-port=443: the container is no root',
    },
    {
      when: 'a shell makes the command line',
      found: changed(someFound('upstream-0.9'), {
        command: ['/bin/sh', '-c'],
        args: ['exec /metrics-server --v=2'],
      }),
      says: 'the command line: a shell makes it',
    },
    {
      when: 'it runs as root',
      found: changed(someFound('upstream-0.9'), { securityContext: { runAsUser: 0 } }),
      says: 'runAsUser 0: ',
    },
    {
      when: 'a flag is newer than the release',
      found: changed(someFound('upstream-0.6'), { args: ['--logging-format=json'] }),
      says: 'metrics-server 0.6.4 has no flag --logging-format',
    },
    {
      when: 'the release reads ConfigMaps everywhere',
      found: changed(someFound('upstream-0.9'), { image: release('0.5.2') }),
      says: 'the operator will refuse it: spec.version: metrics-server 0.5.2 reads all ConfigMaps',
    },
    {
      when: 'there is no release in the tag',
      found: changed(someFound('upstream-0.9'), { image: 'example.com/metrics-server:latest' }),
      says: 'choose spec.version: ',
    },
    {
      when: 'the API server verifies the certificate',
      found: {
        ...someFound('upstream-0.9'),
        apiService: {
          spec: {
            group: 'metrics.k8s.io',
            version: 'v1beta1',
            caBundle: 'Zm9v',
            groupPriorityMinimum: 100,
            versionPriority: 100,
          },
        },
      },
      says: 'caBundle of the APIService: the operator keeps a CA and a certificate of its own',
    },
    {
      when: 'there are init containers',
      found: changed(someFound('upstream-0.9'), {}, { initContainers: [{ name: 'wait' }] }),
      says: 'init container wait: ',
    },
    {
      when: 'a field is one that the spec does not have',
      found: changed(someFound('upstream-0.9'), { resources: { claims: [{ name: 'gpu' }] } }),
      says: 'resources.claims: the spec has no such field',
    },
    {
      when: 'a single replica has a budget',
      found: { ...someFound('upstream-0.9'), disruptionBudget: { metadata: { name: 'ms' } } },
      says: 'PodDisruptionBudget ms: there is none for a single replica',
    },
    {
      when: 'an affinity is of a kind that the spec does not know',
      found: changed(
        someFound('upstream-0.9'),
        {},
        {
          affinity: {
            nodeAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: {
                nodeSelectorTerms: [
                  { matchFields: [{ key: 'metadata.name', operator: 'Near', values: ['a'] }] },
                ],
              },
            },
          },
        },
      ),
      says: 'affinity: ',
    },
  ];
  for (const { when, found, says } of remarkCases) {
    it(`comes with a remark when ${when}`, () => {
      const { spec, remarks } = importedSpec(found);
      expect(remarks.join('\n')).to.include(says);
      expect(MetricsServerConfigSpec.safeParse(spec).success).to.equal(true);
    });
  }

  const samples: Record<FlagType, string> = {
    bool: 'true',
    int: '7',
    uint: '7',
    float: '0.5',
    duration: '12s',
    string: 'x',
    stringSlice: 'x,y',
    intSlice: '1,2',
    ip: '10.0.0.1',
    quantity: '64Ki',
    severity: 'INFO',
    traceLocation: 'scraper.go:149',
    vmodule: 'scraper=5',
    mapStringString: 'a=b',
    namedCertKeyList: 'a,b',
  };
  for (const flag of catalogue.filter((one) => takes('0.9.0', one))) {
    it(`never loses --${flag.name} in silence`, () => {
      const value = samples[flag.type];
      const { spec, remarks } = importedSpec(
        changed(someFound('upstream-0.9'), { args: [`--${flag.name}=${value}`] }),
      );
      const { flags: will } = commandLineOf({ name: '', args: flagsOf(spec) });
      const isRemarked = remarks.some((remark) => remark.includes(`--${flag.name}=${value}`));
      expect(will.get(flag.name) === value, remarks.join()).to.equal(!isRemarked);
    });
  }

  it('says what is missing where a flag needs another', () => {
    const { remarks } = importedSpec(withArgs('--audit-log-path=-'));
    expect(remarks.join()).to.include('--audit-log-path=-: spec.audit.policyConfigMapRef: ');
  });

  it('says what metrics-server does by itself where the flags are not given', () => {
    const found = changed(someFound('upstream-0.9'), { args: ['--secure-port=10250'] });
    const { spec, ...rest } = importedSpec(found);
    expect(spec).to.deep.equal(
      plain({
        version: '0.9.0',
        resolution: '60s',
        addressPriority: ['Hostname', 'InternalDNS', 'InternalIP', 'ExternalDNS', 'ExternalIP'],
        kubelet: { useNodeStatusPort: false },
      }),
    );
    expect(configPage(found, { spec, ...rest }).match(/# metrics-server's own default/g)).to.have.length(3);
  });

  it('reads flags behind the command, and variables in them', () => {
    const found = changed(someFound('upstream-0.9'), {
      command: ['/metrics-server', ...upstreamArgs, '--v=$(LEVEL)', '--external-hostname=$$(LEVEL)'],
      args: undefined,
      env: [{ name: 'LEVEL', value: '3' }],
    });
    expect(importedSpec(found).spec).to.deep.include({
      logging: { verbosity: 3 },
      extraFlags: { 'external-hostname': '$$(LEVEL)' },
    });
  });

  it('refers to the ConfigMap that a file comes from', () => {
    const found = withArgs('--requestheader-client-ca-file=/front-proxy/ca.pem');
    const { volumeMounts = [] } = metricsServerIn(found.deployment) ?? {};
    const mounted = changed(
      found,
      { volumeMounts: [...volumeMounts, { name: 'proxy', mountPath: '/front-proxy' }] },
      {
        volumes: [
          { name: 'tmp-dir', emptyDir: {} },
          { name: 'proxy', configMap: { name: 'front-proxy-ca', items: [{ key: 'ca', path: 'ca.pem' }] } },
        ],
      },
    );
    const { spec, remarks } = importedSpec(mounted);
    expect(spec).to.deep.include({
      requestHeader: { clientCAConfigMapRef: { name: 'front-proxy-ca', key: 'ca' } },
    });
    expect(remarks).to.deep.equal([]);
  });

  const kubeletFiles = (...args: string[]) => {
    const found = withArgs(...args);
    const { volumeMounts = [] } = metricsServerIn(found.deployment) ?? {};
    const mounts = ['node-ca', 'scraper'].map((name) => ({ name, mountPath: `/${name}` }));
    return changed(
      found,
      { volumeMounts: [...volumeMounts, ...mounts] },
      {
        volumes: [
          { name: 'tmp-dir', emptyDir: {} },
          { name: 'node-ca', secret: { secretName: 'nodes' } },
          { name: 'scraper', secret: { secretName: 'scraper' } },
        ],
      },
    );
  };

  it('refers to the CA of the kubelets and to the certificate that they are shown', () => {
    const { spec, remarks, notes } = importedSpec(
      kubeletFiles(
        '--kubelet-certificate-authority=/node-ca/ca.crt',
        '--kubelet-client-certificate=/scraper/tls.crt',
        '--kubelet-client-key=/scraper/tls.key',
      ),
    );
    expect(spec).to.deep.include({
      tls: {
        kubelet: {
          mode: 'CustomCA',
          caBundleRef: { kind: 'Secret', name: 'nodes', key: 'ca.crt' },
          clientCertificateSecretRef: { name: 'scraper' },
        },
        serving: { mode: 'SelfSigned' },
      },
    });
    expect(remarks).to.deep.equal([]);
    expect(notes.map(({ path }) => path.join('.'))).to.include.members([
      'tls.kubelet.caBundleRef',
      'tls.kubelet.clientCertificateSecretRef',
    ]);
  });

  it('says where a client certificate is not a Secret of its kind', () => {
    const { spec, remarks } = importedSpec(
      kubeletFiles('--kubelet-client-certificate=/scraper/a.crt', '--kubelet-client-key=/scraper/a.key'),
    );
    expect(spec).not.to.have.nested.property('tls.kubelet');
    expect(remarks.join()).to.include('clientCertificateSecretRef takes a Secret with tls.crt and tls.key');
  });

  const digest = `sha256:${'ab'.repeat(32)}`;
  const imageCases = [
    {
      image: 'example.com/ms:v0.6.3-eksbuild.1',
      version: '0.6.3',
      parts: { repository: 'example.com/ms', tag: 'v0.6.3-eksbuild.1' },
    },
    {
      image: 'localhost:5000/ms/metrics-server:0.9.0',
      version: '0.9.0',
      parts: { repository: 'localhost:5000/ms/metrics-server', tag: '0.9.0' },
    },
    { image: `${release('0.9.0')}@${digest}`, version: '0.9.0', parts: { digest } },
    {
      image: 'metrics-server:v0.9.0',
      version: '0.9.0',
      parts: { repository: 'docker.io/library/metrics-server' },
    },
  ];
  for (const { image, version, parts } of imageCases) {
    it(`takes ${image.slice(0, 60)} apart`, () => {
      const { spec } = importedSpec(changed(someFound('upstream-0.9'), { image }));
      expect(spec).to.deep.include({ version, image: parts });
    });
  }

  it('takes the version from the label where the image has only a digest', () => {
    const found = changed(someFound('chart'), { image: `example.com/ms@${digest}` });
    expect(importedSpec(found).spec).to.deep.include({
      version: '0.7.2',
      image: {
        repository: 'example.com/ms',
        digest,
        pullPolicy: 'Always',
        pullSecrets: [{ name: 'registry' }],
      },
    });
  });
});
