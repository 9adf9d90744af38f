import { loop } from './loop.ts';
import { scale } from './scale.ts';

/** `npm run bench [-- MINUTES]` measures the loop, `npm run bench -- scale [MINUTES]` what many nodes cost. */
const [what = '1', minutes = '2'] = process.argv.slice(2);
await (what === 'scale' ? scale(Number(minutes)) : loop(Number(what)));
