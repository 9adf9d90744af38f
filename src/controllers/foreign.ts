import type { KubernetesObject } from '@kubernetes/client-node';
import type { Finding } from '../crds/findings.ts';
import { title } from '../resources/names.ts';
import { unadoptable } from './adoptable.ts';
import { adopts, foreignObjects } from './adoption.ts';
import type { SeenConfig } from './observe.ts';
import { type Pair, whoseIs } from './obstacles.ts';
import { ownersOf } from './owners.ts';
import { concernedConfig, controllingConfig } from './ownership.ts';

/** The first object of somebody else among those that the config would write or take over, where it may not. */
export function foreignObject(pairs: Pair[], seen: SeenConfig): Finding<'Accepted'> | undefined {
  const inTheWay = pairs.flatMap(({ over }) => over ?? []).filter((over) => isTheirs(over, seen));
  const foreign = inTheWay.filter((object) => whoseIs(object, seen) === 'foreign');
  const theirs = [...new Set([...foreign, ...foreignObjects(seen)])];
  const fault = theirs.length === 0 ? undefined : unadoptable(theirs, pairs, seen);
  if (fault !== undefined) {
    const { object, because, wayOut } = fault;
    const what = `${title(object)} exists, is not this config's (owner: ${ownerNames(theirs)}) and ${because}`;
    return refusal(what, wayOut, [object, ...inTheWay]);
  }
  const [found] = adopts(seen)
    ? inTheWay.filter((object) => !foreign.includes(object) || isKept(object))
    : [...foreign, ...inTheWay];
  if (found === undefined) return undefined;
  const { owner, wayOut } =
    isKept(found) && foreign.includes(found) ? keptBy(found) : ownerOf(found, foreign, seen);
  return refusal(`${title(found)} exists and ${owner}`, wayOut, [found, ...inTheWay]);
}

/** Of no release: what such an object holds is somebody's, and is never taken over. */
function isKept({ kind = '' }: KubernetesObject): boolean {
  return ['Secret', 'ConfigMap', 'Certificate', 'Issuer'].includes(kind);
}

function keptBy(object: KubernetesObject): { owner: string; wayOut: string } {
  const wayOut = `It is never taken over: rename or delete it, or give the MetricsServerConfig another name.`;
  return { owner: `is not this config's (owner: ${ownerNames([object])})`, wayOut };
}

function isTheirs(object: KubernetesObject, seen: SeenConfig): boolean {
  return ['foreign', 'sibling'].includes(whoseIs(object, seen));
}

/** Whoever has to make room wants to know of everything at once. */
function refusal(
  what: string,
  wayOut: string,
  [found, ...inTheWay]: KubernetesObject[],
): Finding<'Accepted'> {
  const others = [...new Set(inTheWay)].filter((object) => object !== found);
  const further = others.length === 0 ? '' : ` In the way, too: ${others.map(title).join(', ')}.`;
  return {
    status: 'False',
    reason: 'ForeignObject',
    message: `${what}; nothing is touched. ${wayOut}${further}`,
  };
}

function ownerOf(
  found: KubernetesObject,
  foreign: KubernetesObject[],
  { config }: SeenConfig,
): { owner: string; wayOut: string } {
  const sibling = controllingConfig(found)?.name;
  if (sibling !== undefined) {
    const wayOut = `Delete MetricsServerConfig ${sibling}, or this one.`;
    return { owner: `belongs to MetricsServerConfig ${sibling}`, wayOut };
  }
  const orphanOf = concernedConfig(found);
  if (orphanOf !== undefined) {
    const wayOut = `Delete it, or create MetricsServerConfig ${orphanOf} again instead of this one.`;
    return { owner: `was left by MetricsServerConfig ${orphanOf} when that was deleted without it`, wayOut };
  }
  const patch = `kubectl patch msc ${config.metadata.name} --type=merge -p '{"spec":{"adoption":"IfExists"}}'`;
  const wayOut = `To take it over without a gap: ${patch}   # or delete it, or give the MetricsServerConfig another name.`;
  return { owner: `is not this config's (owner: ${ownerNames(foreign)})`, wayOut };
}

function ownerNames(objects: KubernetesObject[]): string {
  return ownersOf(objects)
    .map(({ name }) => name)
    .join('; ');
}
