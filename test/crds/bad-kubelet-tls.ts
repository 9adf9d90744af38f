import type { BadSpec } from './bad-input.ts';

const kubelet = (fields: object, others: object = {}) => ({ ...others, tls: { kubelet: fields } });
const onlyCustom = 'caBundleRef goes with mode: CustomCA only: set that mode, or leave caBundleRef out';
const caBundleRef = { name: 'node-ca' };
const clientCertificateSecretRef = { name: 'scraper' };

/** Ways to verify the kubelets that metrics-server would refuse at start, or that mean nothing. */
export const badKubeletTls: BadSpec[] = [
  {
    when: 'the kubelets are to be verified with a CA that is not named',
    spec: kubelet({ mode: 'CustomCA' }),
    says: 'mode CustomCA needs caBundleRef: name the ConfigMap or Secret with the CA of the kubelets',
  },
  {
    when: 'a CA is named beside the insecure mode',
    spec: kubelet({ mode: 'Insecure', caBundleRef }),
    says: onlyCustom,
  },
  {
    when: 'a CA is named beside that of the cluster',
    spec: kubelet({ mode: 'ClusterCA', caBundleRef }),
    says: onlyCustom,
  },
  { when: 'a CA is named without a mode', spec: kubelet({ caBundleRef }), says: onlyCustom },
  {
    when: 'a CA is in an object of an unknown kind',
    spec: kubelet({ mode: 'CustomCA', caBundleRef: { kind: 'Pod', name: 'node-ca' } }),
    says: 'spec.tls.kubelet.caBundleRef.kind: Unsupported value: "Pod": supported values: "ConfigMap", "Secret"',
    zod: 'Invalid option: expected one of "ConfigMap"|"Secret"',
  },
  {
    when: 'the name of the CA is none',
    spec: kubelet({ mode: 'CustomCA', caBundleRef: { name: 'Node_CA' } }),
    says: 'write the name of a ConfigMap or Secret',
  },
  {
    when: 'the key of the CA is none',
    spec: kubelet({ mode: 'CustomCA', caBundleRef: { name: 'node-ca', key: 'a/b' } }),
    says: 'write a key of the object: letters, digits, dashes, underscores and dots',
  },
  {
    when: 'the CA has no name',
    spec: kubelet({ mode: 'CustomCA', caBundleRef: { key: 'ca.crt' } }),
    says: 'spec.tls.kubelet.caBundleRef.name: Required value',
    zod: 'tls.kubelet.caBundleRef.name: ',
  },
  {
    when: 'the name of the client certificate is none',
    spec: kubelet({ clientCertificateSecretRef: { name: 'A B' } }),
    says: 'write the name of a Secret',
  },
  {
    when: 'the release knows no client certificate',
    spec: kubelet({ clientCertificateSecretRef }, { version: 'v0.3.7' }),
    says: 'tls.kubelet.clientCertificateSecretRef needs metrics-server 0.4 or newer: choose such a version, or leave it out',
  },
  {
    when: 'the client certificate is given as a flag',
    spec: { extraFlags: { 'kubelet-client-certificate': '/tls.crt' } },
    says: '--kubelet-client-certificate has a field of its own: set spec.tls.kubelet.clientCertificateSecretRef',
  },
  {
    when: 'its key is given as a flag',
    spec: { extraFlags: { 'kubelet-client-key': '/tls.key' } },
    says: '--kubelet-client-key has a field of its own: set spec.tls.kubelet.clientCertificateSecretRef',
  },
];
