import { type EffectiveSpec, readingOf, type Surroundings } from '../../src/crds/effective.ts';
import { MetricsServerConfigSpec } from '../../src/crds/metrics-server-config.ts';

/** What a spec leads to in a cluster of which nothing special is known. Throws where it is refused. */
export function someSpec(spec: object = {}, surroundings: Partial<Surroundings> = {}): EffectiveSpec {
  const reading = readingOf(MetricsServerConfigSpec.parse(spec), { allowsLegacy: true, ...surroundings });
  if (reading.refusal !== undefined) throw new Error(reading.refusal.message);
  return reading.spec;
}

interface Given {
  tls?: { kubelet?: object; serving?: object };
}

/** Most cases are not about certificates: there metrics-server makes its own, unless a spec says otherwise. */
export function plain(spec: object): object {
  const { tls, ...rest }: Given = { ...spec };
  return { ...rest, tls: { ...tls, serving: { mode: 'SelfSigned', ...tls?.serving } } };
}
