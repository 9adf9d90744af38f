import type { V1Deployment } from '@kubernetes/client-node';
import { durationMs } from '../crds/duration.ts';
import type { Finding } from '../crds/findings.ts';
import { containerIsNotCreated, podGetsNoSandbox } from './container-creation.ts';
import { endingContainer } from './ends.ts';
import { type Check, type Facts, firstOf } from './facts.ts';
import { pullFailureOf } from './image-pull.ts';
import { foretold, foretoldOfAll, troubleText } from './kubelet-troubles.ts';
import { moreOf } from './more-resources.ts';
import { anotherContainerFails } from './other-containers.ts';
import { measuresNoPods } from './pod-metrics.ts';
import {
  hasBegun,
  isReady,
  livingPods,
  lostNode,
  newestPods,
  readyCount,
  unreadySince,
  wasReadyUntil,
} from './pods.ts';
import { change, field, kept } from './remedy-words.ts';
import { causeOf, isEveryNodeFailing, suspect } from './scrape-errors.ts';
import { whyItEnds } from './start-up.ts';

/** Are the pods up? */
export function diagnoseAvailable(facts: Facts): Finding<'Available'> {
  const { deployment } = facts;
  if (deployment === undefined) {
    const outlook = nobodyCanBeScraped(facts)?.message;
    const message = ['There is no Deployment yet.', ...(outlook ? [outlook] : [])].join(' ');
    return { status: 'Unknown', reason: 'NotMeasured', message };
  }
  const { updatedReplicas = 0, replicas = 0, observedGeneration } = deployment.status ?? {};
  const ready = readyCount(facts);
  const desired = deployment.spec?.replicas ?? 1;
  const isRolledOut =
    observedGeneration === deployment.metadata?.generation &&
    updatedReplicas === desired &&
    replicas === desired;
  if (isRolledOut && ready >= desired && ready > 0) {
    return { status: 'True', reason: 'PodsReady', message: `${ready} of ${desired} pods are ready.` };
  }

  if (ready === 0) return whyNoneIsReady(facts);
  const some = `${Math.min(ready, desired)} of ${desired} pods ${desired === 1 ? 'is' : 'are'} ready`;
  const newest = factsOfNewest(factsOfLiving(facts));
  const trouble = troubleOf(newest);
  if (trouble === undefined && isStuck(deployment))
    return { status: 'True', reason: 'RolloutStuck', message: `${some}. ${stuck(deployment)}` };
  if (trouble === undefined) {
    const isOverSoon = newest.pods.length < facts.pods.length && newest.pods.every(isReady);
    const others = isOverSoon ? 'old pods are being replaced' : 'others are being started or replaced';
    return { status: 'True', reason: 'RollingOut', message: `${some}, ${others}.` };
  }
  const reason = isRolledOut ? 'RollingOut' : 'RolloutBlocked'; // a pod that was lost is no change that fails
  return { status: 'True', reason, message: `${some}, others do not come up. ${trouble.message}` };
}

function whyNoneIsReady(all: Facts): Finding<'Available'> {
  const facts = factsOfLiving(all);
  const trouble = troubleOf(hasBegun(all.deployment) ? facts : { ...facts, pods: [], log: { is: 'unread' } });
  const isCauseForetold = trouble?.reason === 'Unresponsive' && foretoldOfAll(facts) !== undefined;
  const known = (isCauseForetold ? cannotScrape(facts) : trouble) ?? nobodyCanBeScraped(facts);
  const { deployment } = facts;
  if (known !== undefined || deployment === undefined || !isStuck(deployment)) return known ?? starting;
  return { status: 'False', reason: 'RolloutStuck', message: stuck(deployment) };
}

function isStuck({ status }: V1Deployment): boolean {
  return status?.conditions?.some(({ reason }) => reason === 'ProgressDeadlineExceeded') ?? false;
}

function stuck({ metadata, spec }: V1Deployment): string {
  return `The change has not come up within ${spec?.progressDeadlineSeconds ?? 600} s, and nobody says why: kubectl describe -n ${metadata?.namespace} deployment/${metadata?.name}, and its pods.`;
}

export function factsOfLiving(facts: Facts): Facts {
  return { ...facts, pods: livingPods(facts.pods) };
}

/** What old pods suffer from, and say in their log, is no fault of the change that replaces them. */
export function factsOfNewest(facts: Facts): Facts {
  const pods = newestPods(facts);
  if (pods.length === facts.pods.length) return facts;
  const read = suspect(facts);
  const isLogOfThem = read !== undefined && pods.includes(read);
  return { ...facts, pods, log: isLogOfThem ? facts.log : { is: 'unread' } };
}

const starting: Finding<'Available'> = {
  status: 'False',
  reason: 'Starting',
  message: 'The pods are starting; metrics-server is ready about one resolution after its start.',
};

/** A pod gets ready with the first node that it scrapes. That there will be none may be known before it has started. */
function nobodyCanBeScraped(facts: Facts): Finding<'Available'> | undefined {
  const troubles = foretoldOfAll(facts);
  const [first] = troubles ?? [];
  if (troubles === undefined || first === undefined) return undefined;
  return {
    status: 'False',
    reason: first.reason,
    message: `metrics-server will not be able to scrape the nodes. ${troubleText(troubles, facts)}`,
  };
}

/** Why pods do not come up; undefined while nothing is wrong with them. */
export function troubleOf(facts: Facts): Finding<'Available'> | undefined {
  return firstOf(checks, facts);
}

const checks: Check<'Available'>[] = [
  nothingIsWanted,
  rolloutIsPaused,
  podsAreRejected,
  podIsUnschedulable,
  imageCannotBePulled,
  podGetsNoSandbox,
  containerIsNotCreated,
  containerKeepsEnding,
  nodeIsLost,
  anotherContainerFails,
  containerStoppedAnswering,
  containerHasNoMetrics,
];

function nothingIsWanted(facts: Facts): Finding<'Available'> | undefined {
  const { spec, metadata } = facts.deployment ?? {};
  if (spec?.replicas !== 0) return undefined;
  const scale = `kubectl scale -n ${metadata?.namespace} deployment/${metadata?.name} --replicas=1`;
  return {
    status: 'False',
    reason: 'NoReplicas',
    message: `The Deployment is scaled to zero: ${facts.speaks === 'flags' ? scale : kept(facts)}.`,
  };
}

function rolloutIsPaused({ deployment }: Facts): Finding<'Available'> | undefined {
  if (deployment?.spec?.paused !== true) return undefined;
  const { name, namespace } = deployment.metadata ?? {};
  return {
    status: 'False',
    reason: 'RolloutPaused',
    message: `Its rollout is paused: kubectl rollout resume -n ${namespace} deployment/${name}.`,
  };
}

function podsAreRejected({ deployment }: Facts): Finding<'Available'> | undefined {
  const failure = deployment?.status?.conditions?.find((condition) => condition.type === 'ReplicaFailure');
  if (failure?.status !== 'True') return undefined;
  return {
    status: 'False',
    reason: 'PodRejected',
    message: `The pods cannot be created: ${failure.message}`,
  };
}

function podIsUnschedulable({ pods }: Facts): Finding<'Available'> | undefined {
  const refused = pods
    .flatMap((pod) => pod.status?.conditions ?? [])
    .find((condition) => condition.type === 'PodScheduled' && condition.reason === 'Unschedulable');
  if (refused === undefined) return undefined;
  return { status: 'False', reason: 'Unschedulable', message: `No node takes the pod: ${refused.message}` };
}

function imageCannotBePulled(facts: Facts): Finding<'Available'> | undefined {
  const { pods, deployment } = facts;
  // The last pods of an image that was given up say nothing about the one that is tried now.
  const wanted = deployment?.spec?.template.spec?.containers.map(({ image }) => image);
  const failures = pods.flatMap((pod) => pullFailureOf(pod) ?? []);
  const failure = failures.find(({ image }) => wanted?.includes(image) ?? true);
  if (failure === undefined) return undefined;
  return {
    status: 'False',
    reason: 'ImagePullFailed',
    message: `The image ${failure.image} cannot be pulled; ${pullRemedy(failure.message, facts)}. The node says: ${failure.message}`,
  };
}

const exampleMirror = 'registry.example.com/metrics-server/metrics-server';
const mostMirrors = 10;

function pullRemedy(message: string, facts: Facts): string {
  const { mirrors = [], tag, digest } = facts.spec.image;
  if (/not found|manifest unknown|NotFound/.test(message)) {
    const isChosen = facts.speaks !== 'flags' && (tag ?? digest) !== undefined;
    const released = isChosen && change(facts, { image: { tag: null, digest: null } });
    return `it is not there: see ${field(facts, 'version')} and ${field(facts, 'image')} (tag, digest, repository)${released ? `; that of the release is chosen by ${released}` : ''}`;
  }
  const first = [exampleMirror, ...mirrors.filter((one) => one !== exampleMirror)].slice(0, mostMirrors);
  return `name a registry that the nodes can reach in ${field(facts, 'image.mirrors')}, such as ${change(facts, { image: { mirrors: first } })}, or a pull secret in ${field(facts, 'image.pullSecrets')}`;
}

function containerKeepsEnding(facts: Facts): Finding<'Available'> | undefined {
  const container = facts.pods.flatMap((pod) => endingContainer(pod, facts) ?? [])[0];
  return container && whyItEnds(container, facts);
}

// Two scrapes are needed before the first answer; the third shows that more waiting does not help.
const scrapesBeforeAnswer = 3;

function containerHasNoMetrics(facts: Facts): Finding<'Available'> | undefined {
  const { now, spec, pods } = facts;
  const since = pods.flatMap((pod) => unreadySince(pod) ?? [])[0];
  if (since === undefined) return undefined;
  const isLate = now.getTime() - since.getTime() > scrapesBeforeAnswer * durationMs(spec.resolution);
  if (isEveryNodeFailing(facts)) return cannotScrape(facts);
  return isLate ? (measuresNoPods(facts) ?? cannotScrape(facts)) : undefined;
}

function cannotScrape(facts: Facts): Finding<'Available'> {
  const { reason, message } = causeOf(facts);
  if (reason === undefined) {
    const text = `metrics-server runs, but has no metrics to serve, so it is not ready. ${message}`;
    return { status: 'False', reason: 'NoMetricsYet', message: text };
  }
  return { status: 'False', reason, message: `metrics-server runs, but cannot scrape the nodes. ${message}` };
}

function nodeIsLost(facts: Facts): Finding<'Available'> | undefined {
  const { pods, nodes } = facts;
  const node = pods.flatMap((pod) => lostNode(pod, nodes) ?? [])[0];
  if (node === undefined) return undefined;
  const isOne = facts.spec.availability.replicas < 2;
  const bridge = `Two replicas (${field(facts, 'availability.replicas')}) bridge that: ${change(facts, { availability: { replicas: 2 } })}.`;
  return {
    status: 'False',
    reason: 'NodeNotReady',
    message: `Node ${node.name}, on which a pod of metrics-server runs, is not ready; Kubernetes replaces the pod after about five minutes.${isOne ? ` ${bridge}` : ''}`,
  };
}

function containerStoppedAnswering(facts: Facts): Finding<'Available'> | undefined {
  const until = facts.pods.flatMap((pod) => wasReadyUntil(pod) ?? [])[0];
  if (until === undefined || isEveryNodeFailing(facts)) return undefined;
  const troubles = foretold(facts);
  const others = troubles.length > 0 ? ` Kubelets are in trouble, too. ${troubleText(troubles, facts)}` : '';
  return {
    status: 'False',
    reason: 'Unresponsive',
    message: `metrics-server was ready until ${until.toISOString()}, and since then its probe /readyz fails: it hangs or is short of CPU; the kubelet restarts it when /livez fails too. More CPU: ${moreOf('cpu', facts)}.${others}`,
  };
}
