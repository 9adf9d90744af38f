import { names } from '../resources/names.ts';
import { configName } from './config-name.ts';
import type { Found } from './found.ts';
import { fileOf, type MountedSource } from './mounted-sources.ts';
import { notCarriedOver, type Piece, type Share } from './piece.ts';

/** Whose certificate metrics-server shows. */
export function servingShare(
  flags: Map<string, string>,
  { apiService }: Found,
  sources: MountedSource[],
): Share {
  const file = flags.get('tls-cert-file');
  if (file !== undefined) {
    const isOurs = fileOf(file, sources)?.name === names(configName).servingCertificate;
    const kept = { path: ['tls', 'serving', 'mode'], value: 'Managed', from: `--tls-cert-file=${file}` };
    return { pieces: [kept], remarks: isOurs ? [] : [notCarriedOver(kept.from, keptByUs)] };
  }
  const isVerified = apiService !== undefined && apiService.spec?.insecureSkipTLSVerify !== true;
  return isVerified
    ? { pieces: [], remarks: [notCarriedOver('caBundle of the APIService', keptByUs)] }
    : { pieces: [selfSigned], remarks: [] };
}

const selfSigned: Piece = {
  path: ['tls', 'serving', 'mode'],
  value: 'SelfSigned',
  from: 'insecureSkipTLSVerify of the APIService',
  note: 'as it runs; leave it out, and the API server verifies who answers',
};

const keptByUs = 'the operator keeps a CA and a certificate of its own, which the API server verifies';
