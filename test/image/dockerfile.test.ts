import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { imageConfig } from '../../image/runtime.ts';

describe('the Dockerfile', () => {
  it('makes what the image without a daemon is: user, folder, environment, entrypoint, labels', async () => {
    const text = await readFile(join(import.meta.dirname, '../../image/Dockerfile'), 'utf8');
    const last = text.slice(text.lastIndexOf('\nFROM ')).replaceAll('\\\n', ' ');
    const of = (instruction: string) => new RegExp(`^${instruction} (.+)$`, 'm').exec(last)?.[1] ?? '';
    const pairs = (instruction: string) =>
      Object.fromEntries(
        [...of(instruction).matchAll(/(\S+?)=("[^"]*"|\S+)/g)].map(([, name, value = '']) => [
          name,
          value.replaceAll('"', ''),
        ]),
      );
    expect({
      user: of('USER'),
      workdir: of('WORKDIR'),
      environment: pairs('ENV'),
      entrypoint: JSON.parse(of('ENTRYPOINT')),
      labels: pairs('LABEL'),
    }).to.deep.equal(imageConfig);
  });
});
