import type { FlagType } from '../../src/crds/catalogue/flags.ts';

/** The word that `--help` puts behind a flag, and the type that it stands for. None at all stands for a bool. */
const types = new Map<string, FlagType>([
  ['', 'bool'],
  ['int', 'int'],
  ['Level', 'int'],
  ['uint', 'uint'],
  ['float', 'float'],
  ['float32', 'float'],
  ['duration', 'duration'],
  ['string', 'string'],
  ['strings', 'stringSlice'],
  ['int32Slice', 'intSlice'],
  ['ip', 'ip'],
  ['quantity', 'quantity'],
  ['severity', 'severity'],
  ['traceLocation', 'traceLocation'],
  ['moduleSpec', 'vmodule'],
  ['pattern=N,...', 'vmodule'],
  ['colonSeparatedMultimapStringString', 'mapStringString'],
  ['namedCertKey', 'namedCertKeyList'],
]);

// A flag's type follows after one space, its description after three at least.
const line = /^ +(?:-[a-z], )?--([A-Za-z0-9_-]+)(?: (\S+))?(?: {3}.*)?$/;

/** The flags that `--help` shows, with their types. A type that is new here is shown as the help has it, so that no test takes it for another. */
export function flagsIn(help: string): Record<string, string> {
  return Object.fromEntries(
    help
      .split('\n')
      .flatMap((text) => {
        const [, name, word = ''] = line.exec(text) ?? [];
        return name === undefined ? [] : [[name, types.get(word) ?? word] as const];
      })
      .sort(),
  );
}
