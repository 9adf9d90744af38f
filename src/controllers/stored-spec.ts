import type { Finding } from '../crds/findings.ts';
import { type MetricsServerConfig, MetricsServerConfigSpec } from '../crds/metrics-server-config.ts';

/** The spec may have been stored under older rules, so it is checked again. Where it breaks one, an empty spec stands for it. */
export function storedSpec({ metadata, spec }: MetricsServerConfig): {
  spec: MetricsServerConfigSpec;
  refusal?: Finding<'Accepted'>;
} {
  const parsed = MetricsServerConfigSpec.safeParse(spec ?? {});
  if (parsed.success) return { spec: parsed.data };
  const issues = parsed.error.issues.map((issue) => `spec.${issue.path.join('.')}: ${issue.message}`);
  const message = `${issues.join('; ')}. Correct it with kubectl edit msc ${metadata.name}.`;
  return {
    spec: MetricsServerConfigSpec.parse(placeIn(spec)),
    refusal: { status: 'False', reason: 'InvalidSpec', message },
  };
}

/** The two fields that say where to look, and whose objects at. */
function placeIn(spec: unknown): Partial<Pick<MetricsServerConfigSpec, 'namespace' | 'mode'>> {
  const { namespace, mode } =
    typeof spec === 'object' && spec !== null ? { namespace: undefined, mode: undefined, ...spec } : {};
  const fields = [{ namespace }, { mode }].filter(
    (field) => MetricsServerConfigSpec.safeParse(field).success,
  );
  return Object.assign({}, ...fields);
}
