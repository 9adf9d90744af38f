import type { V1Container } from '@kubernetes/client-node';
import { flagNamed } from '../crds/catalogue/known-flags.ts';

/** What metrics-server was started with. */
export interface CommandLine {
  /** By name without dashes, in the order in which they came; a bool flag alone is `true`. */
  flags: Map<string, string>;
  /** What is no flag, or a flag without its value. */
  others: string[];
  /** Whether a shell makes the command line, so that it cannot be read here. */
  isScript: boolean;
}

export function commandLineOf({ command = [], args = [], env = [] }: V1Container): CommandLine {
  const [program = '', ...first] = command;
  if (/(^|\/)(ba|da|a)?sh$/.test(program)) return { flags: new Map(), others: [], isScript: true };
  const values = new Map(env.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])));
  return { ...read([...first, ...args].map((text) => expanded(text, values))), isScript: false };
}

/** As the kubelet does it. $$(NAME) is no variable, and stays as it is: what the operator passes on is expanded again. */
function expanded(text: string, values: Map<string, string>): string {
  return text.replaceAll(/(?<!\$)\$\(([A-Za-z0-9_.-]+)\)/g, (whole, name) => values.get(name) ?? whole);
}

/** The grammar of Go's pflag: `--name=value`, `--name value` unless it is a bool, `-l value`, `-v2`; after `--` no flags. */
function read(texts: string[]): Omit<CommandLine, 'isScript'> {
  const flags = new Map<string, string>();
  const others: string[] = [];
  for (let index = 0; index < texts.length; index += 1) {
    const text = texts[index] ?? '';
    const flag = flagIn(text);
    if (text === '--') {
      others.push(...texts.slice(index + 1));
      break;
    }
    if (flag === undefined) others.push(text);
    else if (flag.value !== undefined) set(flags, flag.name, flag.value);
    else if (flagNamed(flag.name)?.type === 'bool') set(flags, flag.name, 'true');
    else if (flagNamed(flag.name) === undefined || index + 1 === texts.length) others.push(text);
    else {
      index += 1;
      set(flags, flag.name, texts[index] ?? '');
    }
  }
  return { flags, others };
}

const lists = ['stringSlice', 'intSlice', 'mapStringString'];

/** Of a flag that comes twice the last one holds; lists grow. */
function set(flags: Map<string, string>, name: string, value: string): void {
  const earlier = flags.get(name);
  const type = flagNamed(name)?.type ?? '';
  const grows = earlier !== undefined && lists.includes(type);
  flags.set(name, type === 'bool' ? plainBool(value) : grows ? `${earlier},${value}` : value);
}

/** Go's strconv.ParseBool takes more than two words; what it does not take stays as it is. */
function plainBool(value: string): string {
  if (/^(1|t|T|TRUE|True)$/.test(value)) return 'true';
  return /^(0|f|F|FALSE|False)$/.test(value) ? 'false' : value;
}

const shorthands = new Map([
  ['l', 'node-selector'],
  ['v', 'v'],
]);

function flagIn(text: string): { name: string; value?: string } | undefined {
  const [, long, longValue] = /^--([^=]+)(?:=(.*))?$/s.exec(text) ?? [];
  if (long !== undefined) return { name: catalogued(long), value: longValue };
  const [, letter = '', , value] = /^-([A-Za-z])(=?)(.*)$/s.exec(text) ?? [];
  const name = shorthands.get(letter);
  if (name === undefined) return undefined;
  return { name, value: text.length === 2 ? undefined : value };
}

/** What runs has taken the flag: Kubernetes' flag sets read underscores and dashes alike. */
function catalogued(name: string): string {
  const dashed = name.replaceAll('_', '-');
  return flagNamed(name) === undefined && flagNamed(dashed) !== undefined ? dashed : name;
}
