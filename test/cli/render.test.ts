import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'chai';
import { parseAllDocuments } from 'yaml';

const root = join(import.meta.dirname, '../..');

function render(args: string[], input = '') {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'src/cli/render.ts'), ...args], {
    input,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

const config = (spec: string) =>
  `apiVersion: metrics-server.io/v1alpha1\nkind: MetricsServerConfig\nmetadata: { name: metrics-server }\nspec: ${spec}\n`;

describe('npm run render', function () {
  this.timeout(60_000); // it starts node several times, beside other work
  it('prints the manifests of a sample without a cluster', () => {
    const { status, stdout } = render([join(root, 'config/samples/mirror.yaml')]);
    expect(status).to.equal(0);
    expect(parseAllDocuments(stdout).map((document) => document.get('kind'))).to.include.members([
      'Deployment',
      'Service',
      'APIService',
    ]);
    expect(stdout).to.include('image: 127.0.0.1:5000/metrics-server/metrics-server:v0.9.0');
  });

  it('puts into quotes what kubectl would not read as text', () => {
    const { stdout } = render(['-'], config('{ scheduling: { nodeSelector: { a: "yes", "on": "y" } } }'));
    expect(stdout).to.include('        a: "yes"\n        "on": "y"\n');
  });

  it('refuses a wrong spec with the sentence that admission gives', () => {
    const { status, stderr } = render(['-'], config('{ resolution: 5s }'));
    expect(status).to.equal(1);
    expect(stderr).to.include('spec.resolution: resolution must be at least 10s');
  });

  it('refuses a field that does not exist', () => {
    const { status, stderr } = render(['-'], config('{ resolutoin: 15s }'));
    expect(status).to.equal(1);
    expect(stderr).to.include('resolutoin');
  });

  it('chooses the release for the Kubernetes that is named', () => {
    const { stdout } = render([join(root, 'config/samples/metrics-server.yaml'), '--kubernetes', '1.33']);
    expect(stdout).to.include('metrics-server:v0.8.1');
  });

  it('says where the CA of the kubelets will come from, which is in the cluster', () => {
    const spec = '{ tls: { kubelet: { mode: CustomCA, caBundleRef: { name: node-ca } } } }';
    const { stdout, stderr } = render(['-'], config(spec));
    expect(stdout).to.include('--kubelet-certificate-authority=/etc/metrics-server/kubelet-ca/ca.crt');
    expect(stderr).to.include('ConfigMap metrics-server-kubelet-ca out of tls.kubelet.caBundleRef');
  });

  const mistakes = [
    {
      when: 'the release does not fit the Kubernetes',
      args: ['-', '--kubernetes', '1.32'],
      input: config('{ version: 0.9.0 }'),
      says: 'metrics-server 0.9.0 is made for Kubernetes 1.34 or newer, and this is 1.32',
      code: 1,
    },
    {
      when: 'the Kubernetes is none',
      args: ['-', '--kubernetes', 'new'],
      input: config('{}'),
      says: 'write a version such as 1.34',
      code: 1,
    },
    {
      when: 'an option is unknown',
      args: ['-', '--kube', '1'],
      input: '',
      says: "Unknown option '--kube'",
      code: 1,
    },
    { when: 'no file is named', args: [], input: '', says: 'usage: npm run render -- FILE', code: 2 },
    {
      when: 'the file does not exist',
      args: ['/nowhere.yaml'],
      input: '',
      says: 'cannot read /nowhere.yaml',
      code: 1,
    },
    { when: 'the input is no YAML', args: ['-'], input: 'a: [', says: 'is not YAML', code: 1 },
    {
      when: 'the input holds no config',
      args: ['-'],
      input: 'kind: Pod',
      says: 'holds no MetricsServerConfig',
      code: 1,
    },
    {
      when: 'the release is unknown',
      args: ['-'],
      input: config('{ version: 0.12.0 }'),
      says: 'it knows the lines 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9',
      code: 1,
    },
  ];
  for (const { when, args, input, says, code } of mistakes) {
    it(`says what to do when ${when}`, () => {
      const { status, stderr } = render(args, input);
      expect(stderr).to.include(says);
      expect(status).to.equal(code);
    });
  }
});
