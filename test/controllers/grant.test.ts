import { expect } from 'chai';
import { notAllowed } from '../../src/controllers/grant.ts';

const secret = { apiVersion: 'v1', kind: 'Secret', name: 'my-tls', namespace: 'monitoring' };

/** What the API server says to an account. */
const refusal = (user: string) =>
  `secrets "my-tls" is forbidden: User "${user}" cannot list resource "secrets" in API group "" in the namespace "monitoring"`;

const told = (refused: string, reference = secret) => notAllowed({ reference, object: undefined, refused });

describe('a right that the operator lacks', () => {
  it('comes with commands that grant it, for the very object', () => {
    expect(told('no right')).to.equal(
      'The operator may not watch Secret monitoring/my-tls: no right. Grant it as in config/rbac/given.yaml: ' +
        'kubectl create role read-secrets-my-tls -n monitoring --verb=list,watch --resource=secrets --resource-name=my-tls && ' +
        'kubectl create rolebinding read-secrets-my-tls -n monitoring --role=read-secrets-my-tls --serviceaccount=metrics-server-operator:metrics-server-operator ' +
        '(any name will do for the Role; with the chart: my-tls in secretNames).',
    );
  });
  it('is granted to whom the API server has refused it, wherever the operator is installed', () => {
    expect(told(refusal('system:serviceaccount:ops:msop'))).to.include('--serviceaccount=ops:msop (');
    expect(told(refusal('jane@example.com'))).to.include('--user=jane@example.com (');
  });
  it('is that of reading a ConfigMap', () =>
    expect(told('no', { ...secret, kind: 'ConfigMap', name: 'node-ca' }))
      .to.include('Grant it as in config/rbac/given.yaml')
      .and.include('--verb=list,watch --resource=configmaps --resource-name=node-ca ')
      .and.include('with the chart: node-ca in configMapNames'));
  it('is that of writing what cert-manager has to know, too, the Issuer beside the Certificate', () => {
    const certificate = {
      ...secret,
      apiVersion: 'cert-manager.io/v1',
      kind: 'Certificate',
      name: 'ms-serving',
    };
    expect(told('no', certificate))
      .to.include('The operator may not watch Certificate monitoring/ms-serving: no. ')
      .and.include('Grant it as in config/rbac/cert-manager.yaml')
      .and.include(
        'role keep-certificates-ms-serving -n monitoring --verb=list,watch,create,patch,delete --resource=certificates.cert-manager.io,issuers.cert-manager.io --resource-name=ms-serving ',
      )
      .and.include('with the chart: certManager=true');
  });
});
