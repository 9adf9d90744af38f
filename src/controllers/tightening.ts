import type { V1PodTemplateSpec } from '@kubernetes/client-node';
import { containerName } from '../resources/deployment.ts';

// Without these more is verified, or less is trusted.
const loosening = ['kubelet-insecure-tls', 'deprecated-kubelet-completely-insecure'];
// With these, or with another value, fewer are let in.
const tightening = ['tls-min-version', 'tls-cipher-suites'];

/** Whether one template is stricter about TLS than another: to go back would silently weaken what someone has just strengthened. */
export function tightensTls(
  wanted: V1PodTemplateSpec | undefined,
  before: V1PodTemplateSpec | undefined,
): boolean {
  const [now, then] = [flagsOf(wanted), flagsOf(before)];
  const isOn = (flags: Map<string, string>, name: string) => (flags.get(name) ?? 'false') !== 'false';
  return (
    loosening.some((name) => isOn(then, name) && !isOn(now, name)) ||
    tightening.some((name) => now.has(name) && now.get(name) !== then.get(name))
  );
}

function flagsOf(template: V1PodTemplateSpec | undefined): Map<string, string> {
  const container = template?.spec?.containers.find(({ name }) => name === containerName);
  return new Map(
    (container?.args ?? []).map((arg) => {
      const [name = '', value = 'true'] = arg.replace(/^--/, '').split('=', 2);
      return [name, value];
    }),
  );
}
