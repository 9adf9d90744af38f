import { flagNamed, takes } from '../crds/catalogue/known-flags.ts';
import type { EffectiveSpec } from '../crds/effective.ts';
import { selectorText } from '../crds/node-selector.ts';
import { mountedFolders, servingFolder } from './files.ts';

/** A flag with its value; undefined where the spec leaves it to metrics-server. */
type Flag = [name: string, value: string | number | boolean | undefined];

/** The command line that makes metrics-server behave as the spec says: upstream's flags in upstream's order, then the others. */
export function flags(config: string, spec: EffectiveSpec): string[] {
  return [...usual(spec), ...serving(spec), ...callers(spec), ...files(config, spec), ...extra(spec)]
    .filter(([name]) => isKnownTo(spec, name))
    .flatMap(([name, value]) => {
      if (value === undefined) return [];
      return value === true ? [`--${name}`] : [`--${name}=${value}`];
    });
}

/** What the spec asks for and the release lacks was refused before; what is left are our own defaults. */
function isKnownTo({ release }: EffectiveSpec, name: string): boolean {
  const flag = flagNamed(name);
  return flag !== undefined && takes(release.version, flag);
}

function usual(spec: EffectiveSpec): Flag[] {
  return [
    ['cert-dir', '/tmp'],
    ['secure-port', spec.servingPort],
    ['kubelet-preferred-address-types', spec.addressPriority.join(',')],
    ['kubelet-use-node-status-port', spec.kubelet.useNodeStatusPort || undefined],
    ['kubelet-port', spec.kubelet.port],
    ['metric-resolution', spec.resolution],
    ['kubelet-request-timeout', spec.requestTimeout],
    ['kubelet-insecure-tls', isInsecure(spec.kubeletTls)],
    ['node-selector', selectorText(spec.nodes?.selector) || undefined],
  ];
}

function isInsecure(mode: EffectiveSpec['kubeletTls']): true | undefined {
  switch (mode) {
    case 'ClusterCA':
      return undefined; // metrics-server trusts the CA of its ServiceAccount unless told otherwise
    case 'CustomCA':
      return undefined; // see files.ts
    case 'Insecure':
      return true;
  }
}

function serving({ servingTls, tls, logging, audit }: EffectiveSpec): Flag[] {
  const isGiven = servingTls !== 'SelfSigned';
  return [
    ['tls-cert-file', isGiven ? `${servingFolder}/tls.crt` : undefined],
    ['tls-private-key-file', isGiven ? `${servingFolder}/tls.key` : undefined],
    ['tls-min-version', tls?.serving?.minVersion],
    ['tls-cipher-suites', tls?.serving?.cipherSuites?.join(',')],
    ['v', logging?.verbosity],
    ['logging-format', logging?.format],
    ['audit-log-path', audit?.log && '-'], // the root of the container is read-only
    ['audit-log-format', audit?.log?.format],
    ['audit-webhook-mode', audit?.webhook?.mode],
  ];
}

function callers({ requestHeader, authentication }: EffectiveSpec): Flag[] {
  return [
    ['requestheader-allowed-names', requestHeader?.allowedNames?.join(',')],
    ['requestheader-username-headers', requestHeader?.usernameHeaders?.join(',')],
    ['requestheader-group-headers', requestHeader?.groupHeaders?.join(',')],
    ['requestheader-extra-headers-prefix', requestHeader?.extraHeadersPrefix?.join(',')],
    ['authentication-skip-lookup', authentication?.skipLookup],
    ['authentication-tolerate-lookup-failure', authentication?.tolerateLookupFailure],
    ['authentication-token-webhook-cache-ttl', authentication?.tokenCacheTTL],
  ];
}

function files(config: string, spec: EffectiveSpec): Flag[] {
  return mountedFolders(config, spec).flatMap(({ folder, files }) =>
    files.map(({ flag, file }): Flag => [flag, `${folder}/${file}`]),
  );
}

function extra({ extraFlags = {} }: EffectiveSpec): Flag[] {
  return Object.entries(extraFlags).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** A LabelSelector in the grammar of `kubectl get -l`, which metrics-server's flag takes. */
