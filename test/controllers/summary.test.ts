import { expect } from 'chai';
import { type Measured, summary, type Times } from '../../src/controllers/summary.ts';

const healthy: Measured = {
  Accepted: { status: 'True', reason: 'Valid', message: '' },
  Applied: { status: 'True', reason: 'Applied', message: '' },
  Available: { status: 'True', reason: 'PodsReady', message: '' },
  Serving: { status: 'True', reason: 'Answers', message: '' },
  Scraping: { status: 'True', reason: 'AllNodesFresh', message: '' },
  Secure: { status: 'False', reason: 'ServingNotVerified', message: '' },
};

const now = new Date('2026-01-01T12:00:00Z');
const secondsAgo = (seconds: number) => new Date(now.getTime() - seconds * 1000);
const justNow: Times = { now, since: () => now };

describe('Ready, Reconciling and Stalled', () => {
  for (const reason of [
    'UnknownVersion',
    'UnsupportedKubernetes',
    'UnsupportedFlag',
    'LegacyRelease',
  ] as const) {
    it(`call a person where the spec is refused for ${reason}`, () => {
      const Accepted = { status: 'False', reason, message: '' } as const;
      expect(summary({ ...healthy, Accepted }, true, justNow).Stalled.status).to.equal('True');
    });
  }

  const cases: {
    when: string;
    measured: Partial<Measured>;
    isEnough?: boolean;
    ready: string;
    reason: string;
    reconciling: string;
    stalled: string;
  }[] = [
    {
      when: 'all is well',
      measured: {},
      ready: 'True',
      reason: 'Ready',
      reconciling: 'False',
      stalled: 'False',
    },
    {
      when: 'new pods wait until their certificate is trusted',
      measured: { Applied: { status: 'True', reason: 'AwaitingTrust', message: '' } },
      ready: 'True',
      reason: 'Ready',
      reconciling: 'True',
      stalled: 'False',
    },
    {
      when: 'some nodes are missing but enough are scraped',
      measured: { Scraping: { status: 'False', reason: 'NodesMissing', message: '' } },
      ready: 'True',
      reason: 'PartlyScraped',
      reconciling: 'False',
      stalled: 'False',
    },
    {
      when: 'too few nodes are scraped',
      measured: { Scraping: { status: 'False', reason: 'NodesMissing', message: '' } },
      isEnough: false,
      ready: 'False',
      reason: 'NodesMissing',
      reconciling: 'True',
      stalled: 'False',
    },
    {
      when: 'kubelets show what metrics-server refuses, on enough nodes to matter',
      measured: { Scraping: { status: 'False', reason: 'KubeletCertExpired', message: '' } },
      isEnough: false,
      ready: 'False',
      reason: 'KubeletCertExpired',
      reconciling: 'False',
      stalled: 'True',
    },
    {
      when: 'a few kubelets show what metrics-server refuses',
      measured: { Scraping: { status: 'False', reason: 'KubeletCertExpired', message: '' } },
      ready: 'True',
      reason: 'PartlyScraped',
      reconciling: 'False',
      stalled: 'False',
    },
    {
      when: 'it is foretold that no node can be scraped',
      measured: { Available: { status: 'False', reason: 'KubeletCertNoIPSAN', message: '' } },
      isEnough: false,
      ready: 'False',
      reason: 'KubeletCertNoIPSAN',
      reconciling: 'False',
      stalled: 'True',
    },
    {
      when: 'nothing was measured yet',
      measured: { Scraping: { status: 'Unknown', reason: 'NotMeasured', message: '' } },
      isEnough: false,
      ready: 'False',
      reason: 'NotMeasured',
      reconciling: 'True',
      stalled: 'False',
    },
    {
      when: 'the image cannot be pulled, whatever follows from it',
      measured: {
        Available: { status: 'False', reason: 'ImagePullFailed', message: '' },
        Serving: { status: 'False', reason: 'NotRegistered', message: '' },
      },
      isEnough: false,
      ready: 'False',
      reason: 'ImagePullFailed',
      reconciling: 'False',
      stalled: 'True',
    },
    {
      when: 'a change does not come up, and what serves needs a person, too',
      measured: {
        Available: { status: 'True', reason: 'RolloutBlocked', message: '' },
        Serving: { status: 'False', reason: 'Withdrawn', message: '' },
      },
      isEnough: false,
      ready: 'False',
      reason: 'Withdrawn',
      reconciling: 'False',
      stalled: 'True',
    },
    {
      when: 'the breaker is open',
      measured: { Serving: { status: 'False', reason: 'BreakerOpen', message: '' } },
      isEnough: false,
      ready: 'False',
      reason: 'BreakerOpen',
      reconciling: 'False',
      stalled: 'True',
    },
    {
      when: 'an object is foreign',
      measured: { Accepted: { status: 'False', reason: 'ForeignObject', message: '' } },
      ready: 'False',
      reason: 'ForeignObject',
      reconciling: 'False',
      stalled: 'True',
    },
    {
      when: 'pods start',
      measured: { Available: { status: 'False', reason: 'Starting', message: '' } },
      isEnough: false,
      ready: 'False',
      reason: 'Starting',
      reconciling: 'True',
      stalled: 'False',
    },
    {
      when: 'a rollout is under way and the old pods serve',
      measured: { Available: { status: 'True', reason: 'RollingOut', message: '' } },
      ready: 'True',
      reason: 'Ready',
      reconciling: 'True',
      stalled: 'False',
    },
    {
      when: 'a rollout is blocked and the old pods serve',
      measured: { Available: { status: 'True', reason: 'RolloutBlocked', message: '' } },
      ready: 'True',
      reason: 'RolloutBlocked',
      reconciling: 'True',
      stalled: 'False',
    },
    {
      when: 'nothing may be changed and all is well',
      measured: { Applied: { status: 'True', reason: 'Paused', message: '' } },
      ready: 'True',
      reason: 'Paused',
      reconciling: 'False',
      stalled: 'False',
    },
  ];
  for (const { when, measured, isEnough = true, ready, reason, reconciling, stalled } of cases) {
    it(`are ${ready} (${reason}), ${reconciling}, ${stalled} when ${when}`, () => {
      const sum = summary({ ...healthy, ...measured }, isEnough, justNow);
      expect(sum.Ready).to.include({ status: ready, reason });
      expect([sum.Reconciling.status, sum.Stalled.status]).to.deep.equal([reconciling, stalled]);
    });
  }

  it('say under Reconciling what keeps a rollout, while old pods serve', () => {
    const Available = {
      status: 'True',
      reason: 'RolloutBlocked',
      message: 'The image cannot be pulled.',
    } as const;
    expect(summary({ ...healthy, Available }, true, justNow).Reconciling.message).to.equal(
      'The image cannot be pulled.',
    );
  });
});

describe('what may heal by itself', () => {
  const no = { status: 'False', message: 'words' } as const;
  /** `seconds`: since when a condition has been as it is; a day where nothing else is said. */
  const stalled = (measured: Partial<Measured>, seconds: Record<string, number> = {}) => {
    const since = (type: string) => secondsAgo(seconds[type] ?? 24 * 3600);
    return summary({ ...healthy, ...measured }, measured.Scraping === undefined, { now, since }).Stalled;
  };
  const healing: Partial<Measured>[] = [
    ...(
      ['KubeletTimeout', 'KubeletRefused', 'KubeletServerError', 'ScrapeError', 'NodesMissing'] as const
    ).map((reason) => ({ Scraping: { ...no, reason } })),
    ...(
      ['NotAnswering', 'AggregatorTimeout', 'AggregatorTLS', 'MissingEndpoints', 'Registering'] as const
    ).map((reason) => ({ Serving: { ...no, reason } })),
    ...(['NoMetricsYet', 'Unresponsive', 'KubeletTimeout', 'NodeNotReady'] as const).map((reason) => ({
      Available: { ...no, reason },
    })),
    { Applied: { ...no, reason: 'ServerError' } },
  ];
  for (const measured of healing) {
    const [[type, { reason }] = ['', { reason: '' }]] = Object.entries(measured);
    it(`needs a person when it has not within five minutes (${type} ${reason})`, () => {
      expect(stalled(measured, { Ready: 299 }).status).to.equal('False');
      const { message, ...late } = stalled(measured, { Ready: 301 });
      expect(late).to.deep.equal({ status: 'True', reason: 'NeedsAttention' });
      expect(message, 'the same at each look').to.equal('It has not healed within five minutes. words');
    });
  }

  const timeout: Partial<Measured> = { Serving: { ...no, reason: 'AggregatorTimeout' } };

  it('is waited for no more the moment that Ready is True, or that something starts', () => {
    expect(stalled({}, { Ready: 3600 }).status).to.equal('False');
    expect(stalled({ Available: { ...no, reason: 'Starting' } }, { Ready: 3600 }).status).to.equal('False');
  });

  it('has its time from when the pods were ready, however long those took', () => {
    expect(stalled(timeout, { Ready: 3600, Available: 10 }).status).to.equal('False');
    expect(stalled(timeout, { Ready: 3600, Available: 301 }).status).to.equal('True');
    const scraping: Partial<Measured> = { Scraping: { ...no, reason: 'NodesMissing' } };
    expect(stalled(scraping, { Ready: 3600, Serving: 10 }).status).to.equal('False');
  });

  it('is one row of failures, whatever the cause is said to be', () => {
    expect(stalled(timeout, { Ready: 3600, Serving: 2 }).status).to.equal('True');
  });

  it('is not hurried by a clock that was set back, nor by a time that nobody can read', () => {
    expect(stalled(timeout, { Ready: -3600 }).status).to.equal('False');
    expect(stalled(timeout, { Ready: Number.NaN }).status).to.equal('False');
  });
});
