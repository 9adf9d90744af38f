import { expect } from 'chai';
import { MetricsServerConfigSchema, MetricsServerConfigSpec } from '../../src/crds/metrics-server-config.ts';
import { badNames, badSpecs } from './bad-input.ts';
import { badKubeletTls } from './bad-kubelet-tls.ts';
import { badOptions } from './bad-options.ts';

describe('the schema of a MetricsServerConfig', () => {
  for (const { when, spec, says, zod = says } of [...badSpecs, ...badOptions, ...badKubeletTls]) {
    it(`refuses a spec when ${when}`, () => {
      const result = MetricsServerConfigSpec.safeParse(spec);
      const issues = result.error?.issues ?? [];
      expect(issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n')).to.include(zod);
    });
  }

  for (const name of badNames) {
    it(`refuses the name ${name}`, () => {
      const result = MetricsServerConfigSchema.safeParse({ metadata: { name } });
      expect(result.error?.issues[0]?.message).to.include('at most 40 characters');
    });
  }

  it('fills in the defaults that the API server persists, and no others', () => {
    expect(MetricsServerConfigSpec.parse({})).to.deep.equal({
      mode: 'Manage',
      namespace: 'kube-system',
      resolution: '15s',
      addressPriority: ['InternalIP', 'ExternalIP', 'Hostname', 'InternalDNS', 'ExternalDNS'],
      kubelet: { useNodeStatusPort: true },
      image: { pullPolicy: 'IfNotPresent' },
      availability: { replicas: 1 },
    });
  });

  it('keeps durations as they were written', () => {
    expect(MetricsServerConfigSpec.parse({ resolution: '1m30s' }).resolution).to.equal('1m30s');
  });
});
