import { z } from 'zod';

const Address = z
  .string()
  .regex(
    /^[^\s:]*:[0-9]{1,5}$|^\[[0-9a-fA-F:]+\]:[0-9]{1,5}$|^$/,
    'write HOST:PORT, such as 127.0.0.1:8080, or :8080',
  )
  .default('');

/** What the environment may set. KUBECONFIG is read by client-node itself. */
const Settings = z.object({
  LOG_LEVEL: z.enum(['error', 'warn', 'info', 'debug']).default('info'),
  /** Kubernetes gives it to every pod; whoever names a kubeconfig may mean another cluster. */
  KUBERNETES_SERVICE_HOST: z.string().default(''),
  KUBECONFIG: z.string().default(''),
  REACHES_PODS: z.enum(['true', 'false']).optional(),
  LEGACY_RELEASES: z.enum(['true', 'false']).default('false'),
  ADOPT_NAMES: z
    .string()
    .regex(
      /^\s*([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\s*(,\s*|$))*$/,
      'write fullnames of releases, separated by commas, such as ms-metrics-server',
    )
    .default(''),
  METRICS_ADDRESS: Address,
  /** Folder with tls.crt and tls.key. */
  METRICS_CERTIFICATE: z.string().default(''),
  PROBE_ADDRESS: Address,
  LEASE: z
    .string()
    .regex(
      /^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\/[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?)?$/,
      'write NAMESPACE/NAME, such as metrics-server-operator/metrics-server-operator',
    )
    .default(''),
  POD_NAME: z.string().default(''),
});

interface Place {
  host: string | undefined;
  port: number;
}

export interface Settings {
  logLevel: z.output<typeof Settings>['LOG_LEVEL'];
  /** Whether metrics-server 0.3 to 0.5 may be deployed, which want to read ConfigMaps and Namespaces everywhere. */
  allowsLegacy: boolean;
  /** What the objects of releases are called that configs may take over, apart from a config's own name. */
  adoptNames: string[];
  /** Whether the operator can reach pods and nodes by their addresses. Default: where it is a pod itself. */
  reachesPods: boolean;
  /** Where /metrics is served; without a host at every address. Default: nowhere. */
  metricsAddress: Place | undefined;
  /** Folder with tls.crt and tls.key for /metrics. Default: plain HTTP. */
  metricsCertificate: string | undefined;
  /** Where /livez and /readyz are served, always as plain HTTP. Default: nowhere. */
  probeAddress: Place | undefined;
  /** By which of several operators one is chosen to lead. Default: there is only this one. */
  lease: { namespace: string; name: string } | undefined;
  /** Who this is in that choice. Default: the name of the machine. */
  podName: string | undefined;
}

/** The only reader of the environment. Throws a sentence for a value that is none. */
export function settings(environment: NodeJS.ProcessEnv = process.env): Settings {
  const parsed = Settings.safeParse(environment);
  if (parsed.success) {
    const { LOG_LEVEL, LEGACY_RELEASES, ADOPT_NAMES, KUBERNETES_SERVICE_HOST, KUBECONFIG, REACHES_PODS } =
      parsed.data;
    const isPod = KUBERNETES_SERVICE_HOST !== '' && KUBECONFIG === '';
    const adoptNames = ADOPT_NAMES.split(',').map((name) => name.trim());
    return {
      logLevel: LOG_LEVEL,
      allowsLegacy: LEGACY_RELEASES === 'true',
      adoptNames: adoptNames.filter((name) => name !== ''),
      reachesPods: REACHES_PODS === undefined ? isPod : REACHES_PODS === 'true',
      metricsAddress: addressIn(parsed.data.METRICS_ADDRESS),
      metricsCertificate: parsed.data.METRICS_CERTIFICATE || undefined,
      probeAddress: addressIn(parsed.data.PROBE_ADDRESS),
      lease: placeIn(parsed.data.LEASE),
      podName: parsed.data.POD_NAME || undefined,
    };
  }
  throw new Error(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
}

function addressIn(text: string): Place | undefined {
  if (text === '') return undefined;
  const colon = text.lastIndexOf(':');
  const host = text.slice(0, colon).replace(/^\[|\]$/g, '');
  return { host: host === '' ? undefined : host, port: Number(text.slice(colon + 1)) };
}

function placeIn(text: string): Settings['lease'] {
  const [namespace = '', name] = text.split('/');
  return name === undefined ? undefined : { namespace, name };
}
