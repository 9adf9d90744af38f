import { ipv4, ipv6 } from '../addresses.ts';
import { durationPattern } from '../duration.ts';
import { catalogue, type Flag, type FlagType } from './flags.ts';
import { compareVersions } from './versions.ts';

const byName = new Map(catalogue.map((flag) => [flag.name, flag]));

export function flagNamed(name: string): Flag | undefined {
  return byName.get(name);
}

/** Whether a release takes a flag. */
export function takes(version: string, { since, removedIn, absentIn = [] }: Flag): boolean {
  if (absentIn.includes(version)) return false;
  const isThere = since === '0.3.3' || compareVersions(version, since) >= 0;
  return isThere && (removedIn === undefined || compareVersions(version, removedIn) < 0);
}

/** "0.7.0 and later", for messages. */
export function takenBy({ since, removedIn, absentIn = [] }: Flag): string {
  const until = removedIn === undefined ? ' and later' : ` until before ${removedIn}`;
  const but = absentIn.length === 0 ? '' : ` except ${absentIn.join(', ')}`;
  return `${since}${until}${but}`;
}

/** Flags that may be given in extraFlags: no field stands for them, and they do something. */
export const extraFlags = catalogue.filter(
  ({ field, refused }) => field === undefined && refused === undefined,
);

/** How a value of each type looks, and how to say it. RE2 and JavaScript read the patterns alike. */
export const valueTypes: Partial<Record<FlagType, ValueType>> = {
  bool: { pattern: /^(true|false)$/, says: 'true or false' },
  // metrics-server refuses negative ones at start, in all flags that take a number.
  int: { pattern: /^[0-9]{1,18}$/, says: 'a whole number' },
  uint: { pattern: /^[0-9]{1,18}$/, says: 'a whole number from 0' },
  float: { pattern: /^[0-9]{1,18}(\.[0-9]{1,18})?$/, says: 'a number such as 0.5' },
  duration: { pattern: durationPattern, says: 'a duration such as 90s or 1m30s' },
  ip: { pattern: new RegExp(`^(${ipv4}|${ipv6})$`), says: 'an IP address' },
  intSlice: { pattern: /^[0-9]{1,9}(,[0-9]{1,9})*$/, says: 'whole numbers with commas between them' },
  severity: { pattern: /^(INFO|WARNING|ERROR|FATAL|[0-3])$/, says: 'INFO, WARNING, ERROR or FATAL' },
  traceLocation: { pattern: /^[A-Za-z0-9_.-]+:[0-9]{1,9}$/, says: 'a place such as scraper.go:149' },
  vmodule: {
    pattern: /^[A-Za-z0-9_.*?/-]+=[0-9]{1,2}(,[A-Za-z0-9_.*?/-]+=[0-9]{1,2})*$/,
    says: 'levels per file such as scraper=5,storage=4',
  },
};

interface ValueType {
  pattern: RegExp;
  says: string;
}

const listOf = (one: string) => new RegExp(`^(${one})(,(${one}))*$`);

/** Flags whose type says less than metrics-server wants to hear: with anything else it does not start. */
export const valuesOf: Record<string, ValueType> = {
  'audit-log-mode': {
    pattern: /^(batch|blocking|blocking-strict)$/,
    says: 'batch, blocking or blocking-strict',
  },
  'audit-log-version': { pattern: /^audit\.k8s\.io\/v1$/, says: 'audit.k8s.io/v1' },
  'audit-webhook-version': { pattern: /^audit\.k8s\.io\/v1$/, says: 'audit.k8s.io/v1' },
  'authorization-always-allow-paths': {
    pattern: listOf('[^*,]+[*]?'),
    says: 'paths with commas between them, and an asterisk only at the end of a path',
  },
  'cors-allowed-origins': {
    pattern: listOf('([A-Za-z0-9.:/^$_-]|\\\\[.]|[.][*])+'),
    says: 'regular expressions made of letters, digits, / : - _ ^ $ and .*, with commas between them',
  },
  'strict-transport-security-directives': {
    pattern: listOf('max-age=[0-9]+|includeSubDomains|preload'),
    says: 'max-age=SECONDS, includeSubDomains and preload, with commas between them',
  },
  // P-256, P-384, P-521, X25519 and X25519MLKEM768, which every Go knows that 0.9 is built with.
  'tls-curve-preferences': {
    pattern: listOf('23|24|25|29|4588'),
    says: 'numbers of curves that Go knows (23, 24, 25, 29, 4588), with commas between them',
  },
  'log-flush-frequency': {
    pattern: /^[0-9.a-zµ]*[1-9][0-9.a-zµ]*$/,
    says: 'a duration longer than 0',
  },
};

/** Why a flag cannot be given in extraFlags, whatever its value; undefined where it can. */
export function whyNot(name: string): string | undefined {
  const flag = flagNamed(name);
  if (flag === undefined) return unknownFlag(name);
  if (flag.field !== undefined) return `--${name} has a field of its own: set spec.${flag.field}`;
  return flag.refused === undefined ? undefined : `--${name} cannot be set: ${flag.refused}`;
}

function unknownFlag(name: string): string {
  if (name.startsWith('-')) return `write ${name.replace(/^-+/, '')} without the leading dashes`;
  return `no release of metrics-server has a flag --${name}`;
}
