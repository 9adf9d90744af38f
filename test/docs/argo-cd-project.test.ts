import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { kustomized, root } from '../chart/manifests.ts';

interface Project {
  spec: {
    destinations: { namespace: string }[];
    clusterResourceWhitelist: { group: string; kind: string }[];
  };
}

describe('the project of docs/argo-cd.md', () => {
  const readPage = async (): Promise<Project> => {
    const page = await readFile(join(root, 'docs/argo-cd.md'), 'utf8');
    const [, yaml = ''] = /```yaml\n(.*?kind: AppProject.*?)```/s.exec(page) ?? [];
    return parse(yaml);
  };

  it('allows every kind without a namespace that is synced, and no other', async () => {
    const { spec } = await readPage();
    const synced = (await kustomized(join(root, 'config/default')))
      .filter(({ metadata }) => metadata?.namespace === undefined)
      .map(({ apiVersion = '', kind }) => `${kind}.${apiVersion.split('/').slice(0, -1).join('')}`);
    const allowed = spec.clusterResourceWhitelist.map(({ kind, group }) => `${kind}.${group}`);
    const wanted = new Set([...synced, 'MetricsServerConfig.metrics-server.io']);
    expect(allowed.sort()).to.deep.equal([...wanted].sort());
  });

  it('allows every namespace in which something is synced', async () => {
    const { spec } = await readPage();
    const synced = (await kustomized(join(root, 'config/default'))).flatMap(
      ({ metadata }) => metadata?.namespace ?? [],
    );
    expect(spec.destinations.map(({ namespace }) => namespace)).to.include.members(synced);
  });
});
