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
  /** The DNS names that it is for. */
  dnsNames: string[];
  /** The DNS names that it may sign for: those below one of `permitted`, if there are any, and not below one of `excluded`. */
  permitted: string[];
  excluded: string[];
  /** Whether it limits other names than those of hosts, mail and URIs. */
  limitsOthers: boolean;
}

/** Undefined where it cannot be read. */
export function extensionsOf({ raw }: X509Certificate): Extensions | undefined {
  const { x509 } = reader();
  try {
    const certificate = new x509.X509Certificate(raw);
    const extensions = Array.from(certificate.extensions);
    return {
      critical: extensions.filter(({ critical }) => critical).map(({ type }) => type),
      pathLength: certificate.getExtension(x509.BasicConstraintsExtension)?.pathLength,
      isVersion1: extensions.length === 0 && /^ *Version: v1 /m.test(certificate.toString('text')),
      dnsNames: (certificate.getExtension(x509.SubjectAlternativeNameExtension)?.names.items ?? [])
        .filter(({ type }) => type === 'dns')
        .map(({ value }) => value),
      ...limitsIn(certificate.getExtension(nameConstraints)?.value),
    };
  } catch (error) {
    if (error instanceof Error) return undefined;
    throw error;
  }
}

const nameConstraints = '2.5.29.30';

function limitsIn(der: ArrayBuffer | undefined) {
  if (der === undefined) return { permitted: [], excluded: [], limitsOthers: false };
  const { schema, asn1 } = reader();
  const { permittedSubtrees, excludedSubtrees } = schema.AsnConvert.parse(der, asn1.NameConstraints);
  const [permitted, excluded] = [permittedSubtrees, excludedSubtrees].map((trees) =>
    Array.from(trees ?? [], ({ base }) => base),
  );
  const names = (all: typeof permitted = []) => all.flatMap(({ dNSName }) => dNSName ?? []);
  const limitsOthers = [...(permitted ?? []), ...(excluded ?? [])].some(
    ({ dNSName, iPAddress, rfc822Name, uniformResourceIdentifier }) =>
      (dNSName ?? iPAddress ?? rfc822Name ?? uniformResourceIdentifier) === undefined,
  );
  return { permitted: names(permitted), excluded: names(excluded), limitsOthers };
}

const load = createRequire(import.meta.url);

interface Reader {
  x509: typeof import('@peculiar/x509');
  asn1: typeof import('@peculiar/asn1-x509');
  schema: typeof import('@peculiar/asn1-schema');
}

/** Loaded when somebody gives a certificate, for it takes 15 MiB; and at once, for the plan cannot wait. */
function reader(): Reader {
  load('reflect-metadata');
  return {
    x509: load('@peculiar/x509'),
    asn1: load('@peculiar/asn1-x509'),
    schema: load('@peculiar/asn1-schema'),
  };
}
