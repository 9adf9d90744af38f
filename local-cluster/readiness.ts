import type { Api } from './api.ts';

type Condition = { type: string; status: string };
type NodeObject = { status?: { conditions?: Condition[] } };
type SigningRequest = {
  metadata: { name: string };
  spec: { signerName: string; username: string };
  status?: { conditions?: object[] };
};

const signingRequests = '/apis/certificates.k8s.io/v1/certificatesigningrequests';

export async function isNodeReady(api: Api, name: string): Promise<boolean> {
  const { code, body } = await api('GET', `/api/v1/nodes/${name}`);
  if (code !== 200) return false;
  const node: NodeObject = JSON.parse(body);
  return node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

/** Requests for a serving certificate that nobody has decided on. */
async function openRequests(api: Api, node: string): Promise<SigningRequest[]> {
  const { code, body } = await api('GET', signingRequests);
  if (code !== 200) return [];
  const list: { items: SigningRequest[] } = JSON.parse(body);
  return list.items.filter(
    ({ spec, status }) =>
      spec.signerName === 'kubernetes.io/kubelet-serving' &&
      spec.username === `system:node:${node}` &&
      status?.conditions === undefined,
  );
}

/** Whether a kubelet waits for its serving certificate. */
export async function isWaitingForApproval(api: Api, node: string): Promise<boolean> {
  return (await openRequests(api, node)).length > 0;
}

/**
 * Approves what a kubelet asks for as its serving certificate; Kubernetes leaves that to an
 * administrator. Until then logs, exec and scraping fail.
 */
export async function approveServingCertificates(api: Api, node: string): Promise<void> {
  const open = await openRequests(api, node);
  await Promise.all(open.map((request) => approve(api, request)));
}

/** Whether kube-apiserver reaches the kubelet and accepts its certificate. */
export async function isKubeletTrusted(api: Api, node: string): Promise<boolean> {
  return (await api('GET', `/api/v1/nodes/${node}/proxy/healthz`)).code === 200;
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
