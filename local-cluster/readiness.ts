import type { Api } from './api.ts';

type Condition = { type: string; status: string };
type NodeObject = { status?: { conditions?: Condition[] } };
type SigningRequest = {
  metadata: { name: string };
  spec: { signerName: string; username: string };
  status?: { certificate?: string; conditions?: object[] };
};

const signingRequests = '/apis/certificates.k8s.io/v1/certificatesigningrequests';

export async function isNodeReady(api: Api, name: string): Promise<boolean> {
  const { code, body } = await api('GET', `/api/v1/nodes/${name}`);
  if (code !== 200) return false;
  const node: NodeObject = JSON.parse(body);
  return node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

/**
 * Approves a kubelet's request for a serving certificate, which Kubernetes leaves to an administrator;
 * says whether one has been issued. Until then logs, exec and scraping fail.
 */
export async function approveServingCertificate(api: Api, node: string): Promise<boolean> {
  const { code, body } = await api('GET', signingRequests);
  if (code !== 200) return false;
  const list: { items: SigningRequest[] } = JSON.parse(body);
  const own = list.items.filter(
    ({ spec }) =>
      spec.signerName === 'kubernetes.io/kubelet-serving' && spec.username === `system:node:${node}`,
  );
  const open = own.filter(({ status }) => status?.conditions === undefined);
  await Promise.all(open.map((request) => approve(api, request)));
  return own.length > 0 && own.every(({ status }) => status?.certificate !== undefined);
}

async function approve(api: Api, request: SigningRequest): Promise<void> {
  const condition = {
    type: 'Approved',
    status: 'True',
    reason: 'LocalCluster',
    message: 'approved on start',
  };
  const approved = { ...request, status: { ...request.status, conditions: [condition] } };
  await api('PUT', `${signingRequests}/${request.metadata.name}/approval`, JSON.stringify(approved));
}
