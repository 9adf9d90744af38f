import { join } from 'node:path';
import type { V1APIService, V1Secret } from '@kubernetes/client-node';
import { expect } from 'chai';
import { operatorKubeconfig, rightsFolder, startOperator } from '../../../local-cluster/operator.ts';
import type { Condition } from '../../../src/crds/status.ts';
import { certificatesIn } from '../../../src/platform/x509.ts';
import { someCertificate } from '../../some-pki.ts';
import { startCertManager } from '../cert-manager.ts';
import { eventually } from '../eventually.ts';
import { applyYaml, expectCondition, get } from '../objects.ts';
import { type Spec, underQuestions } from './zero-gap.ts';

const inNamespace = ['-n', 'kube-system'];

/** A cluster under questions, with the operator where it sees what pods show, and with eyes for certificates. */
export function certificatesUnderQuestions(suite: string, first: Spec) {
  const asked = underQuestions(suite, first);
  const { cluster, replaceOperator } = asked;
  const running: { certManager?: { end(): Promise<void> } } = {};
  after(() => running.certManager?.end());
  before(async () => {
    const { network } = cluster();
    if (network === undefined) throw new Error('a cluster without nodes has no pods');
    const kubeconfig = await operatorKubeconfig(cluster(), network.kubeconfig);
    await replaceOperator(() =>
      startOperator(kubeconfig, `${cluster().state}-inside.log`, { REACHES_PODS: 'true' }, network.within),
    );
  });

  /** What is in one of the operator's Secrets, such as `cert`. */
  const text = async (name: string, key: string) =>
    Buffer.from((await secret(name))?.data?.[key] ?? '', 'base64').toString();
  const secret = (name: string) =>
    get<V1Secret>(cluster(), ...inNamespace, 'secret', `metrics-server-serving-${name}`);
  const trusted = async () => {
    const apiService = await get<V1APIService>(cluster(), 'apiservice', 'v1beta1.metrics.k8s.io');
    const { caBundle = '', insecureSkipTLSVerify } = apiService?.spec ?? {};
    const bundle = certificatesIn(Buffer.from(caBundle, 'base64').toString()) ?? [];
    return { insecureSkipTLSVerify, authorities: bundle.map((one) => one.toString().trim()) };
  };
  const expectTrust = async (authority: string) => {
    expect(authority).not.to.equal('');
    expect(await trusted()).to.deep.equal({ insecureSkipTLSVerify: undefined, authorities: [authority] });
    return authority;
  };
  return {
    ...asked,
    secret,
    text,
    trusted,
    /** The operator's CA, once it is the only one that the API server trusts. */
    isPeaceful: async () => await expectTrust((await text('ca', 'tls.crt')).trim()),
    trustsOnly: (authority: string) => eventually(() => expectTrust(authority), 240_000),
    says: (type: Condition['type'], expected: Partial<Condition>) =>
      eventually(() => expectCondition(cluster(), type, expected), 120_000),
    /** Which of the operator's Secrets there are. */
    left: async () => {
      const all = await Promise.all(
        ['ca', 'cert', 'issued'].map(async (name) => [name, await secret(name)] as const),
      );
      return all.flatMap(([name, there]) => (there === undefined ? [] : [name]));
    },
    grant: (file: string) => cluster().kubectl(['apply', '-f', join(rightsFolder, file)]),
    /** Puts a certificate of a new CA into the Secret that config/rbac/given.yaml speaks of, and returns that CA. */
    give: async () => {
      const now = new Date();
      const by = await someCertificate(now, { isAuthority: true });
      const pair = await someCertificate(now, { dnsNames: ['metrics-server.kube-system.svc'], by });
      const made: V1Secret = {
        apiVersion: 'v1',
        kind: 'Secret',
        type: 'kubernetes.io/tls',
        metadata: { name: 'metrics-server-tls', namespace: 'kube-system' },
        stringData: { 'tls.crt': pair.certificate, 'tls.key': pair.key, 'ca.crt': by.certificate },
      };
      await applyYaml(cluster(), JSON.stringify(made));
      return by.certificate.trim();
    },
    startCertManager: async () => {
      running.certManager = await startCertManager(cluster());
    },
  };
}
