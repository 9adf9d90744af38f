import { z } from 'zod';

/** What the environment may set. KUBECONFIG is read by client-node itself. */
const Settings = z.object({
  LOG_LEVEL: z.enum(['error', 'warn', 'info', 'debug']).default('info'),
  LEGACY_RELEASES: z.enum(['true', 'false']).default('false'),
});

export interface Settings {
  logLevel: z.output<typeof Settings>['LOG_LEVEL'];
  /** Whether metrics-server 0.3 to 0.5 may be deployed, which want to read ConfigMaps and Namespaces everywhere. */
  allowsLegacy: boolean;
}

/** The only reader of the environment. Throws a sentence for a value that is none. */
export function settings(environment: NodeJS.ProcessEnv = process.env): Settings {
  const parsed = Settings.safeParse(environment);
  if (parsed.success) {
    return { logLevel: parsed.data.LOG_LEVEL, allowsLegacy: parsed.data.LEGACY_RELEASES === 'true' };
  }
  throw new Error(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
}
