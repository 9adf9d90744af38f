import type { Logger } from 'winston';
import type { Connection } from '../platform/connection.ts';
import { fenced, NotLeading } from '../platform/fence.ts';
import { holderName, holdLease, type Lease } from '../platform/lease.ts';
import { isRefusedForGood, Refusal } from '../platform/refusal.ts';
import { manager } from '../resources/names.ts';
import type { LiveCluster } from './live-cluster.ts';
import { troubleText } from './trouble.ts';

/** Which of several operators may write. */
export interface Leadership {
  /** Whether it is this one, at this moment: the only one, or the one that holds the Lease. */
  leads(): boolean;
  /** What keeps this process from ever leading, and what to do; undefined: nothing. */
  trouble(): string | undefined;
  /** What the looks of this term see, and write to. */
  cluster(): LiveCluster;
  /** Lets the next one lead at once. Nothing is written after it. */
  end(): Promise<void>;
}

export interface LeadershipOptions {
  /** Undefined: there is no other operator. */
  lease?: { namespace: string; name: string };
  /** Who holds it, for people. Default: the name of the machine, which in a pod is that of the pod. */
  podName?: string;
}

interface Parts extends LeadershipOptions {
  connection: Connection;
  /** Makes another connection. */
  connect: (signal: AbortSignal) => Connection;
  /** Makes what looks see, without any memory, until the signal. */
  begin: (connection: Connection, signal: AbortSignal) => LiveCluster;
  /** This process has come to lead, or has ceased to: everything is to be looked at. */
  onChange: () => void;
  log: Logger;
}

interface Term {
  cluster: LiveCluster;
  ending: AbortController;
}

/**
 * Asks for the Lease, where there is one. A process that has lost it stands by again, with a new term: whatever it had under way can write
 * nothing any more, and what it remembers (for how long the metrics API has been dead, what it has corrected) is forgotten as by a restart.
 */
export function leadership(parts: Parts): Leadership {
  const { connection, begin, onChange, log } = parts;
  const held: { lease?: Lease; trouble?: string | undefined } = {};
  const leads = () => parts.lease === undefined || held.lease?.isHeld() === true;
  const newTerm = (): Term => {
    const ending = new AbortController();
    return { ending, cluster: begin(fenced(connection, leads, ending.signal), ending.signal) };
  };
  const current = { term: newTerm() };
  const ending = new AbortController();
  const onTrouble = (trouble: string | undefined) => {
    held.trouble = trouble;
  };
  held.lease = ask({ ...parts, onTrouble }, ending.signal, (isHeld, known) => {
    if (isHeld) log.info('leads', known);
    else {
      log.info('stands by', known);
      current.term.ending.abort(new NotLeading('this process does not lead any more'));
      current.term = newTerm();
    }
    onChange();
  });
  return {
    leads,
    trouble: () => held.trouble,
    cluster: () => current.term.cluster,
    end: async () => {
      await held.lease
        ?.release()
        .catch((error) => log.warn('lease not given back, it runs out', { error: troubleText(error) }));
      ending.abort();
    },
  };
}

function ask(
  { lease: place, podName, connect, onTrouble, log }: Parts & { onTrouble: (trouble?: string) => void },
  signal: AbortSignal,
  onChange: (isHeld: boolean, known: object) => void,
): Lease | undefined {
  if (place === undefined) return undefined;
  const [lease, holder] = [`${place.namespace}/${place.name}`, holderName(podName)];
  log.info('stands by', { lease, holder });
  return holdLease({
    ...place,
    holder,
    fieldManager: manager,
    connection: connect(signal),
    onChange: (isHeld) => onChange(isHeld, { lease, holder }),
    onTrouble: (trouble) => {
      onTrouble(trouble !== 'over' && isRefusedForGood(trouble) ? leaseTrouble(trouble) : undefined);
      if (trouble === 'over') log.info('lease works again', { lease });
      else log.warn('lease is in trouble, trying again', { lease, error: leaseTrouble(trouble) });
    },
    signal,
  });
}

function leaseTrouble(error: Error): string {
  const isForbidden = error instanceof Refusal && error.why === 'forbidden';
  return isForbidden ? `${error.message}; grant it as in config/rbac/lease.yaml` : troubleText(error);
}
