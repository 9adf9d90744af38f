import type { V1PodTemplateSpec } from '@kubernetes/client-node';
import { containerName } from '../resources/deployment.ts';

// Without these more is verified, or less is trusted.
const loosening = ['kubelet-insecure-tls', 'deprecated-kubelet-completely-insecure'];
/** Whether one template is stricter about TLS than another: to go back would silently weaken what someone has just strengthened. */
export function tightensTls(
  wanted: V1PodTemplateSpec | undefined,
  before: V1PodTemplateSpec | undefined,
): boolean {
  const [now, then] = [flagsOf(wanted), flagsOf(before)];
  const isOn = (flags: Map<string, string>, name: string) => (flags.get(name) ?? 'false') !== 'false';
  return (
    loosening.some((name) => isOn(then, name) && !isOn(now, name)) ||
    versionRank(now) > versionRank(then) ||
    isCipherLost(now.get('tls-cipher-suites'), then.get('tls-cipher-suites'))
  );
}

/** The oldest TLS that is let in: unless told otherwise 1.2. */
function versionRank(flags: Map<string, string>): string {
  return flags.get('tls-min-version') ?? 'VersionTLS12';
}

/** Whether a cipher suite is no longer let in. */
function isCipherLost(now: string | undefined, then: string | undefined): boolean {
  if (now === undefined) return false;
  const left = now.split(',');
  return then === undefined || then.split(',').some((suite) => !left.includes(suite));
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
