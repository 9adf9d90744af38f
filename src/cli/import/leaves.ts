import { unsaidValues } from '../../installed/unsaid.ts';

/** Values by path, such as `Deployment: containers[metrics-server].args[--v]`. */
export type Leaves = Map<string, string>;

// What the API server fills in: an object without it says the same.
const defaults = new Map([
  ['dnsPolicy', 'ClusterFirst'],
  ['schedulerName', 'default-scheduler'],
  ['restartPolicy', 'Always'],
  ['terminationGracePeriodSeconds', '30'],
  ['terminationMessagePath', '/dev/termination-log'],
  ['terminationMessagePolicy', 'File'],
  ['protocol', 'TCP'],
  ['defaultMode', '420'],
  ['successThreshold', '1'],
  ['failureThreshold', '3'],
  ['periodSeconds', '10'],
  ['timeoutSeconds', '1'],
  ['initialDelaySeconds', '0'],
  ['hostPort', '0'],
  ['internalTrafficPolicy', 'Cluster'],
  ['sessionAffinity', 'None'],
  ['ipFamilyPolicy', 'SingleStack'],
  ['Service: type', 'ClusterIP'],
  ['nodeAffinityPolicy', 'Honor'],
  ['nodeTaintsPolicy', 'Ignore'],
  ['imagePullPolicy', 'IfNotPresent'],
]);

export function leavesOf(kind: string, object: object): Leaves {
  return new Map(walk(object, '').map(([path, value]) => [`${kind}: ${path}`, value]));
}

/** What is in force at a path: what is said there, or what goes without saying. */
export function valueAt(leaves: Leaves, path: string): string {
  const flag = /\.args\[--([^\]]+)\]$/.exec(path)?.[1];
  const otherwise = flag === undefined ? defaultAt(path) : unsaidValues.get(flag);
  return leaves.get(path) ?? otherwise ?? 'nothing';
}

function defaultAt(path: string): string | undefined {
  return defaults.get(path) ?? defaults.get(path.split(/[. ]/).at(-1) ?? '');
}

// Rules that make sense only as a whole.
const whole = /^(affinity\.\w+\.\w+|topologySpreadConstraints|tolerations)\[\d+\]$/;

function walk(value: unknown, path: string): [string, string][] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) {
    if (value.every((item) => typeof item !== 'object')) {
      return value.length === 0 ? [] : [[path, value.join(',')]];
    }
    return value.flatMap((item, index) => walk(...entry(item, index, path)));
  }
  if (typeof value !== 'object') return [[path, `${value}`]];
  if (whole.test(path)) return [[path, JSON.stringify(sorted(value))]];
  if (path.endsWith('.emptyDir') && Object.keys(value).length === 0) return [[path, '{}']];
  return Object.entries(value).flatMap(([key, child]) => walk(child, path === '' ? key : `${path}.${key}`));
}

/** Members of a list are told apart by what names them; a name with nothing but a value is that value. */
function entry(item: unknown, index: number, path: string): [value: unknown, path: string] {
  const members = new Map(typeof item === 'object' && item !== null ? Object.entries(item) : []);
  const isMount = path.endsWith('.volumeMounts');
  const isPort = path.endsWith('ports');
  const key = isMount ? 'mountPath' : isPort ? (members.has('port') ? 'port' : '') : 'name';
  const name = members.get(key);
  const place = `${path}[${typeof name === 'string' || typeof name === 'number' ? name : index}]`;
  const isPair = members.size === 2 && members.has('name') && members.has('value');
  if (isPair) return [members.get('value'), place];
  if (name !== undefined) members.delete(key);
  return [Object.fromEntries(members), place];
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([, child]) => child !== undefined);
  return Object.fromEntries(
    members.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, child]) => [key, sorted(child)]),
  );
}
