import type { X509Certificate } from 'node:crypto';
import { createRequire } from 'node:module';

/** What node:crypto does not tell of a certificate. */
export interface Extensions {
  /** What a reader must know, or else refuse the certificate. */
  critical: string[];
  /** How many CAs may come below it. */
  pathLength: number | undefined;
  /** Version 1 has no extensions that could say who is a CA. */
  isVersion1: boolean;
}

/** Undefined where it cannot be read. */
export function extensionsOf({ raw }: X509Certificate): Extensions | undefined {
  const x509 = reader();
  try {
    const certificate = new x509.X509Certificate(raw);
    const extensions = Array.from(certificate.extensions);
    return {
      critical: extensions.filter(({ critical }) => critical).map(({ type }) => type),
      pathLength: certificate.getExtension(x509.BasicConstraintsExtension)?.pathLength,
      isVersion1: extensions.length === 0 && /^ *Version: v1 /m.test(certificate.toString('text')),
    };
  } catch (error) {
    if (error instanceof Error) return undefined;
    throw error;
  }
}

const load = createRequire(import.meta.url);

/** Loaded when somebody gives a certificate, for it takes 15 MiB; and at once, for the plan cannot wait. */
function reader(): typeof import('@peculiar/x509') {
  load('reflect-metadata');
  return load('@peculiar/x509');
}
