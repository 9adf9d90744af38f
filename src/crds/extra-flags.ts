import { z } from 'zod';
import { catalogue } from './catalogue/flags.ts';
import { extraFlags, flagNamed, valuesOf, valueTypes, whyNot } from './catalogue/known-flags.ts';
import { celMatches, withRule, withRules } from './rules.ts';

type Flags = Record<string, string>;

const list = (names: string[]) => `[${names.map((name) => `'${name}'`).join(', ')}]`;
const allowed = list(extraFlags.map(({ name }) => name));
const sentences = catalogue.flatMap(({ name }) => {
  const sentence = whyNot(name);
  return sentence === undefined ? [] : [`'${name}': '${sentence}'`];
});

/** What no flag may be: unknown, another field's, or without effect. The message names the first. */
const Names = withRule(z.record(z.string().max(100), z.string().max(2000)).meta({ maxProperties: 40 }), {
  cel: `self.all(flag, flag in ${allowed})`,
  holds: (flags) => Object.keys(flags).every((name) => whyNot(name) === undefined),
  message: (flags) => Object.keys(flags).flatMap((name) => whyNot(name) ?? [])[0] ?? '',
  celMessage: `[self.filter(flag, !(flag in ${allowed}))[0]].map(flag, {${sentences.join(', ')}}[?flag].orValue(flag.startsWith('-') ? 'write ' + flag.replace('-', '', 2) + ' without the leading dashes' : 'no release of metrics-server has a flag --' + flag))[0]`,
});

const healthPaths = ['/healthz', '/livez', '/readyz'];
const pathsFlag = 'authorization-always-allow-paths';
const goawayChance = /^0(\.(0[01][0-9]*|020*))?$/;
const loopback = /^(127\..*|::1)$/;

const Typed = Object.entries(valueTypes).reduce<typeof Names>((schema, [type, { pattern, says }]) => {
  const names = extraFlags.filter((flag) => flag.type === type).map(({ name }) => name);
  if (names.length === 0) return schema;
  const isWrong = (flags: Flags) => (name: string) =>
    flagNamed(name)?.type === type && !pattern.test(flags[name] ?? '');
  return withRule(schema, {
    cel: `self.all(flag, !(flag in ${list(names)}) || ${celMatches('self[flag]', pattern)})`,
    holds: (flags) => !Object.keys(flags).some(isWrong(flags)),
    message: (flags) => `--${Object.keys(flags).find(isWrong(flags))} takes ${says}`,
    celMessage: `'--' + self.filter(flag, flag in ${list(names)} && !${celMatches('self[flag]', pattern)})[0] + ' takes ${says}'`,
  });
}, Names);

const Valued = Object.entries(valuesOf).reduce<typeof Names>(
  (schema, [name, { pattern, says }]) =>
    withRule(schema, {
      cel: `!('${name}' in self) || ${celMatches(`self['${name}']`, pattern)}`,
      holds: ({ [name]: value }: Flags) => value === undefined || pattern.test(value),
      message: `--${name} takes ${says}`,
    }),
  Typed,
);

/** Flags that no field stands for, without the leading dashes. The catalogue of all releases says which there are. */
export const ExtraFlags = withRules(Valued, [
  {
    cel: `!('${pathsFlag}' in self) || ${list(healthPaths)}.all(path, path in self['${pathsFlag}'].split(','))`,
    holds: ({ [pathsFlag]: paths }: Flags) =>
      paths === undefined || healthPaths.every((path) => paths.split(',').includes(path)),
    message: `--${pathsFlag} must keep /healthz,/livez,/readyz beside what you add, or the kubelet's probes are refused`,
  },
  {
    cel: `!('${pathsFlag}' in self) || !self['${pathsFlag}'].split(',').exists(path, path.trim() == '/*' || path.trim().startsWith('/api'))`,
    holds: ({ [pathsFlag]: paths = '' }: Flags) =>
      !paths.split(',').some((path) => path.trim() === '/*' || path.trim().startsWith('/api')),
    message: `--${pathsFlag} must not open the metrics of all namespaces to everybody: name single paths such as /metrics`,
  },
  {
    cel: `!('bind-address' in self) || !${celMatches("self['bind-address']", loopback)}`,
    holds: ({ 'bind-address': address }: Flags) => address === undefined || !loopback.test(address),
    message:
      '--bind-address must not be a loopback address: neither the API server nor the probes could reach metrics-server',
  },
  {
    cel: `!('goaway-chance' in self) || ${celMatches("self['goaway-chance']", goawayChance)}`,
    holds: ({ 'goaway-chance': chance }: Flags) => chance === undefined || goawayChance.test(chance),
    message: '--goaway-chance must be 0 to 0.02, or metrics-server does not start',
  },
]);
