import { join } from 'node:path';
import { bundle } from './bundle.ts';

const file = join(import.meta.dirname, '../dist/operator.mjs');
const bytes = await bundle(file);
console.log(
  `dist/operator.mjs: ${(bytes / 1e6).toFixed(2)} MB, with its source map and the licenses of what is in it`,
);
