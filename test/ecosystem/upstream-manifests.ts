import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { ensureBinaries, pathOf } from '../../local-cluster/binaries.ts';
import { recipeFor } from '../../local-cluster/go-build.ts';
import { run } from '../../local-cluster/run.ts';
import { minorOf } from '../../src/crds/catalogue/versions.ts';
import type { RealRelease } from './real-releases.ts';

const Downloaded = z.object({ Dir: z.string() });

/**
 * The objects that upstream publishes for a release: its manifests/base, with the labels and the image that its own
 * kustomization files add. The module of the release holds them; kubectl puts them together, without any cluster. The chart's
 * templates are not compared: that would take helm, and they say the same with switches.
 */
export async function upstreamObjects(release: RealRelease): Promise<object[]> {
  const kubectl = pathOf(await ensureBinaries(['kubectl'], console.log), 'kubectl');
  const folder = join(await sourceFolder(release), 'manifests', overlay(release));
  const text = await run([kubectl, 'kustomize', folder]);
  return parseAllDocuments(text).map((document) => document.toJS());
}

function overlay({ version }: RealRelease): string {
  return minorOf(version) === '0.6' ? 'release' : 'overlays/release';
}

/** Upstream's sources of a release, its chart among them. */
export async function sourceFolder({ version, binary }: RealRelease): Promise<string> {
  const { go, folder } = await recipeFor(binary);
  const module = `sigs.k8s.io/metrics-server@v${version}`;
  return Downloaded.parse(JSON.parse(await run([go, 'mod', 'download', '-json', module], { cwd: folder })))
    .Dir;
}
