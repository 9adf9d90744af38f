import type { VersionInfo } from '@kubernetes/client-node';
import type { Connection } from './connection.ts';
import { Refusal } from './refusal.ts';

/** The cluster's version of Kubernetes, such as 1.36.3. Every account may ask for it, unless somebody has taken that right away: undefined. */
export async function kubernetesVersion(connection: Pick<Connection, 'send'>): Promise<string | undefined> {
  try {
    const { gitVersion } = await connection.send<VersionInfo>({ path: '/version' });
    return gitVersion.replace(/^v/, '');
  } catch (error) {
    if (error instanceof Refusal && error.why === 'forbidden') return undefined;
    throw error;
  }
}
