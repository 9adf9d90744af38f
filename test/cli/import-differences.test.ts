import type { V1APIService } from '@kubernetes/client-node';
import { expect } from 'chai';
import { differences } from '../../src/cli/import/differences.ts';
import { importedSpec } from '../../src/installed/imported-spec.ts';
import { apiService } from '../../src/resources/api-service.ts';
import { deployment } from '../../src/resources/deployment.ts';
import { disruptionBudget } from '../../src/resources/disruption-budget.ts';
import { service } from '../../src/resources/service.ts';
import { plain, someSpec } from '../crds/some-spec.ts';
import { changed, someFound } from '../installed/some-found.ts';
import { goldenConfigs } from '../resources/golden-configs.ts';

/** As the cluster has it. */
function trusting({ spec, ...rest }: V1APIService): V1APIService {
  const isVerified = spec?.insecureSkipTLSVerify !== true;
  return { ...rest, ...(spec && { spec: { ...spec, ...(isVerified && { caBundle: 'Zm9v' }) } }) };
}

describe('what differs', () => {
  it('from upstream 0.9 is nothing that matters', () => {
    const found = someFound('upstream-0.9');
    const { toReview, harmless } = differences(found, importedSpec(found).spec);
    expect(toReview).to.deep.equal([]);
    expect(harmless).to.include(
      'Deployment: containers[metrics-server].readinessProbe.initialDelaySeconds: runs 20, will be 0',
    );
  });

  it('from upstream 0.6 is that the container may do less', () => {
    const found = someFound('upstream-0.6');
    expect(differences(found, importedSpec(found).spec).toReview).to.deep.equal([
      'Deployment: containers[metrics-server].securityContext.capabilities.drop: runs nothing, will be ALL',
      'Deployment: containers[metrics-server].securityContext.seccompProfile.type: runs nothing, will be RuntimeDefault',
    ]);
  });

  it('from a chart is sorted, flag by flag, with a sidecar in one line', () => {
    const found = someFound('chart');
    const { toReview } = differences(found, importedSpec(found).spec);
    expect(toReview).to.deep.equal([...toReview].sort());
    expect(toReview).to.include.members([
      'Deployment: containers[metrics-server].args[--profiling]: runs false, will be nothing',
      'Deployment: containers[metrics-server-nanny].image: runs registry.k8s.io/autoscaling/addon-resizer:1.8.21, will be nothing',
      'PodDisruptionBudget: maxUnavailable: runs nothing, will be 1',
      'PodDisruptionBudget: minAvailable: runs 1, will be nothing',
    ]);
    expect(toReview.filter((line) => line.includes('nanny].'))).to.have.length(1);
    expect(toReview.join('\n')).not.to.include('--node-selector'); // another spelling of the same
  });

  it('shows metrics-server by its own defaults where a spec is edited', () => {
    const found = changed(someFound('upstream-0.9'), { args: ['--secure-port=10250'] });
    expect(differences(found, plain({ version: '0.9.0' })).toReview).to.deep.equal([
      'Deployment: containers[metrics-server].args[--kubelet-preferred-address-types]: runs Hostname,InternalDNS,InternalIP,ExternalDNS,ExternalIP, will be InternalIP,ExternalIP,Hostname,InternalDNS,ExternalDNS',
      'Deployment: containers[metrics-server].args[--kubelet-use-node-status-port]: runs false, will be true',
      'Deployment: containers[metrics-server].args[--metric-resolution]: runs 60s, will be 15s',
    ]);
  });

  it('counts it that the API server will no longer verify the certificate', () => {
    const found = someFound('upstream-0.9');
    const { spec } = found.apiService;
    if (spec === undefined) throw new Error('the APIService has no spec');
    const verified = {
      ...found,
      apiService: { spec: { ...spec, insecureSkipTLSVerify: undefined, caBundle: 'Zm9v' } },
    };
    expect(differences(verified, plain(importedSpec(verified).spec)).toReview).to.deep.equal([
      'APIService: caBundle: runs a CA, will be nothing',
      'APIService: insecureSkipTLSVerify: runs nothing, will be true',
    ]);
  });

  for (const { file, spec } of goldenConfigs) {
    it(`is nothing at all where the operator itself has made ${file}`, () => {
      const made = someSpec(spec);
      const name = 'metrics-server';
      const found = {
        deployment: deployment(name, made),
        service: service(name, made),
        apiService: trusting(apiService(name, made)),
        disruptionBudget: made.availability.replicas > 1 ? disruptionBudget(name, made) : undefined,
      };
      const imported = importedSpec(found);
      expect(differences(found, imported.spec)).to.deep.equal({ toReview: [], harmless: [] });
      expect(imported.remarks.filter((remark) => !remark.includes('LEGACY_RELEASES'))).to.deep.equal([]);
    });
  }
});
