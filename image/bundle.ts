import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build, type Plugin } from 'esbuild';

const root = join(import.meta.dirname, '..');

/** Writes the operator as one file, `operator.mjs`: what is loaded is what is used. Returns its size in bytes. */
export async function bundle(folder: string): Promise<number> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ['src/main.ts'],
    outfile: 'dist/operator.mjs', // as if there, for the source map has the way back from it
    write: false,
    bundle: true,
    minify: true,
    sourcemap: true,
    sourcesContent: false,
    legalComments: 'linked',
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // Packages of the older kind ask for Node's own modules by require.
    banner: { js: "import{createRequire as r}from'node:module';const require=r(import.meta.url);" },
    plugins: [slim],
    logLevel: 'warning',
  });
  await mkdir(folder, { recursive: true });
  for (const { path, contents } of outputFiles) await writeFile(join(folder, basename(path)), contents);
  return outputFiles.find(({ path }) => path.endsWith('.mjs'))?.contents.length ?? 0;
}

/** Leaves out what nobody uses. client-node does not say that loading its files does nothing, so that esbuild would keep them all. */
const slim: Plugin = {
  name: 'slim',
  setup({ onResolve, resolve }) {
    const own = 'resolved';
    // Those that decide; a question for each of its 1,000 files takes ten seconds.
    onResolve(
      { filter: /^(@kubernetes\/client-node|gaxios|\.\/[a-z_]+\.js|\.\/(models|types|apis)\/.*)$/ },
      async ({ path, ...from }) => {
        const isFrom = (name: string) => from.importer.includes(`/node_modules/${name}/`);
        if (isFrom('@dot-i/k8s-operator') && !path.startsWith('.'))
          return { path: forDotI, sideEffects: false };
        const isOfClient = !path.startsWith('.') || isFrom('@kubernetes/client-node');
        if (from.pluginData === own || !isOfClient) return undefined;
        return { ...(await resolve(path, { ...from, pluginData: own })), sideEffects: false };
      },
    );
  },
};

const forDotI = join(import.meta.dirname, 'for-dot-i.ts');
