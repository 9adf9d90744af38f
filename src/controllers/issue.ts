import { makeAuthority, makeServing } from '../platform/x509.ts';
import type { Material } from './issuing.ts';

const authorityDays = 3650;
const servingDays = 365;

/** What a Secret of type kubernetes.io/tls holds, encoded as its API wants it. */
export async function secretData(material: Material, now: Date): Promise<Record<string, string>> {
  const data = await texts(material, now);
  return Object.fromEntries(
    Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
  );
}

async function texts(material: Material, now: Date): Promise<Record<string, string>> {
  switch (material.is) {
    case 'given':
      return material.data;
    case 'authority': {
      const { certificate, key } = await makeAuthority(material.commonName, authorityDays, now);
      return { 'tls.crt': certificate, 'tls.key': key, 'ca.crt': certificate };
    }
    case 'serving': {
      const { authority, names, trusted } = material;
      const { certificate, key } = await makeServing(authority, names, servingDays, now);
      return { 'tls.crt': certificate, 'tls.key': key, 'ca.crt': trusted };
    }
  }
}
