import { join } from 'node:path';
import { debianPackage } from './debian.ts';

/** The real Prometheus and its promtool. */
export async function prometheusBinaries(): Promise<{ prometheus: string; promtool: string }> {
  const folder = await debianPackage('prometheus', 'usr/bin/promtool');
  return { prometheus: join(folder, 'usr/bin/prometheus'), promtool: join(folder, 'usr/bin/promtool') };
}
