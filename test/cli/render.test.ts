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

describe('npm run render', () => {
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

  const mistakes = [
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
      says: 'known lines: 0.7, 0.8, 0.9',
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
