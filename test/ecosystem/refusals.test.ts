import { expect } from 'chai';
import { compareVersions } from '../../src/crds/catalogue/versions.ts';
import { ending, realReleases, withBinary } from './real-releases.ts';

interface Refusal {
  args: string[];
  /** First release of those that refuse them so. */
  from: string;
  /** First release after those. */
  before?: string;
  says: string;
}

const alphaIsClosed = 'Feature LoggingAlphaOptions is disabled';

/** What the catalogue says of the releases, and what stands behind its rules: with these the program ends at once. */
const refusals: Refusal[] = [
  { args: ['--no-such-flag=1'], from: '0.6.0', says: 'unknown flag: --no-such-flag' },
  {
    args: ['--logging-format=json'],
    from: '0.6.0',
    before: '0.7.0',
    says: 'unknown flag: --logging-format',
  },
  { args: ['--node-selector=a=b'], from: '0.6.0', before: '0.7.0', says: 'unknown flag: --node-selector' },
  {
    args: ['--kubelet-request-timeout=5s'],
    from: '0.6.0',
    before: '0.7.0',
    says: 'unknown flag: --kubelet-request-timeout',
  },
  { args: ['--logtostderr=true'], from: '0.7.0', says: 'unknown flag: --logtostderr' },
  {
    args: ['--max-requests-inflight=100'],
    from: '0.6.0',
    before: '0.8.0',
    says: 'unknown flag: --max-requests-inflight',
  },
  {
    args: ['--metric-resolution=9s'],
    from: '0.6.0',
    says: 'metric-resolution should be a time duration at least 10s',
  },
  {
    args: ['--metric-resolution=10s', '--kubelet-request-timeout=9001ms'],
    from: '0.7.0',
    says: 'metric-resolution should be larger than kubelet-request-timeout',
  },
  { args: ['--log-json-split-stream=true'], from: '0.7.0', says: alphaIsClosed },
  { args: ['--log-json-info-buffer-size=64Ki'], from: '0.7.0', says: alphaIsClosed },
  { args: ['--log-text-split-stream=true'], from: '0.8.0', says: alphaIsClosed },
  { args: ['--log-text-info-buffer-size=64Ki'], from: '0.8.0', says: alphaIsClosed },
  {
    args: ['--logging-format=json', '--vmodule=scraper=5'],
    from: '0.7.0',
    says: 'Only supported for text log format',
  },
  { args: ['--feature-gates=AllAlpha=false'], from: '0.8.0', says: 'component not registered: kube' },
];

describe('the real program', function () {
  this.timeout(60_000);
  for (const release of realReleases) {
    const { version } = release;
    const program = withBinary(release);
    const here = refusals.filter(
      ({ from, before }) =>
        compareVersions(version, from) >= 0 && (before === undefined || compareVersions(version, before) < 0),
    );
    for (const { args, says } of here) {
      it(`of ${version} refuses ${args.join(' ')}`, async () => {
        const { code, output } = await ending(program(), [...args, '--kubeconfig=/nowhere']);
        expect(code).to.equal(2);
        expect(output.split('\n').find((line) => line.startsWith('Error: '))).to.include(says);
      });
    }
  }
});
