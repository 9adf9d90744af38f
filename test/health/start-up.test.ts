import type { V1ContainerStatus } from '@kubernetes/client-node';
import { expect } from 'chai';
import { whyItEnds } from '../../src/health/start-up.ts';
import { someFacts } from './some-facts.ts';

function ended(message: string | undefined, reason = 'Error', exitCode = 1): V1ContainerStatus {
  return {
    name: 'metrics-server',
    image: '',
    imageID: '',
    ready: false,
    restartCount: 3,
    lastState: { terminated: { exitCode, reason, message } },
  };
}

// As the binaries of metrics-server 0.6 to 0.9 say them, and the libraries in them.
const lastWords = [
  [
    'Error: metric-resolution should be a time duration at least 10s, but value 5s provided',
    'InvalidResolution',
  ],
  [
    'Error: metric-resolution should be larger than kubelet-request-timeout, but metric-resolution value 10s kubelet-request-timeout value 10s provided',
    'ResolutionVsTimeout',
  ],
  ['Error: unknown flag: --nonsense', 'FlagConflict'],
  ['Error: cannot use both --kubelet-certificate-authority and --kubelet-insecure-tls', 'FlagConflict'],
  [
    'Error: unable to load configmap based request-header-client-ca-file: configmaps "extension-apiserver-authentication" is forbidden: User "system:serviceaccount:kube-system:metrics-server" cannot get resource',
    'AuthConfigForbidden',
  ],
  [
    'Error: unable to load configmap based request-header-client-ca-file: Get "https://10.96.0.1:443/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication": dial tcp 10.96.0.1:443: i/o timeout',
    'ApiserverUnreachable',
  ],
  [
    'panic: failed to create listener: failed to listen on 0.0.0.0:10250: listen tcp 0.0.0.0:10250: bind: address already in use',
    'PortInUse',
  ],
  [
    'panic: failed to create listener: failed to listen on 0.0.0.0:443: listen tcp 0.0.0.0:443: bind: permission denied',
    'PortPermission',
  ],
  ['Error: open /etc/serving/tls.crt: no such file or directory', 'CertFileMissing'],
  [
    'I0511 21:57:23.000000 1 server.go:136] "Failed probe" probe="metric-collection-timely" err="metric collection didn\'t finish on time"',
    'LivezTimeout',
  ],
  ['panic: runtime error', 'CrashLoop'],
] as const;

describe('why the container ends again and again', () => {
  for (const [words, reason] of lastWords) {
    it(`is ${reason} where its last words are: ${words}`, () => {
      const found = whyItEnds(ended(`Usage: pages of help\n${words}`), someFacts());
      expect(found).to.include({ status: 'False', reason });
      expect(found.message).to.include('ended 3 times, last with exit code 1');
      expect(found.message).to.include(words.slice(-60));
    });
  }
  it('is that it runs out of memory, with the way out of the mode', () => {
    const said = (resources: object) =>
      whyItEnds(ended(undefined, 'OOMKilled', 137), someFacts({ spec: { resources } }));
    expect(said({ mode: 'Auto' })).to.include({ reason: 'OOMKilled' });
    expect(said({ mode: 'Auto' }).message).to.include('The operator raises its memory');
    expect(said({ mode: 'External' }).message).to.include('Give it more memory');
  });
  it('is that the kubelet ends it where it does not end by itself, whatever it says last', () => {
    for (const [text, reason, code] of [
      [undefined, 'Completed', 0],
      ['I1128 1 serving', 'Error', 137],
    ] as const) {
      const found = whyItEnds(ended(text, reason, code), someFacts());
      expect(found).to.include({ reason: 'LivezTimeout' });
      expect(found.message).to.include('as it does where /livez does not answer in time. Give it more CPU');
    }
    const once = { ...ended(undefined, 'Completed', 0), restartCount: 1 };
    expect(whyItEnds(once, someFacts()).message).to.include('ended once, last with exit code 0: Completed.');
  });
  it('is another port where the port is taken, which is no longer that one', () => {
    const said = (servingPort: number) =>
      whyItEnds(ended('bind: address already in use'), someFacts({ spec: { servingPort } })).message;
    expect(said(10250)).to.include('"servingPort":10251');
    expect(said(10251)).to.include('"servingPort":4443');
  });
});
