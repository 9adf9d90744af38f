import { expect } from 'chai';
import { type Measured, summary } from '../../src/controllers/summary.ts';

const healthy: Measured = {
  Accepted: { status: 'True', reason: 'Valid', message: '' },
  Applied: { status: 'True', reason: 'Applied', message: '' },
  Available: { status: 'True', reason: 'PodsReady', message: '' },
  Serving: { status: 'True', reason: 'Answers', message: '' },
  Scraping: { status: 'True', reason: 'AllNodesFresh', message: '' },
  Secure: { status: 'False', reason: 'ServingNotVerified', message: '' },
};

describe('Ready, Reconciling and Stalled', () => {
  for (const reason of [
    'UnknownVersion',
    'UnsupportedKubernetes',
    'UnsupportedFlag',
    'LegacyRelease',
  ] as const) {
    it(`call a person where the spec is refused for ${reason}`, () => {
      const Accepted = { status: 'False', reason, message: '' } as const;
      expect(summary({ ...healthy, Accepted }, true).Stalled.status).to.equal('True');
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
      const sum = summary({ ...healthy, ...measured }, isEnough);
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
    expect(summary({ ...healthy, Available }, true).Reconciling.message).to.equal(
      'The image cannot be pulled.',
    );
  });
});
