import { leader } from './leader.ts';
import { loop } from './loop.ts';
import { rights } from './rights.ts';
import { scale } from './scale.ts';

/**
 * `npm run bench [-- MINUTES]` measures the loop, `npm run bench -- scale [MINUTES]` what many nodes cost, `npm run bench -- leader
 * [TAKEOVERS]` how long nobody leads, `npm run bench -- rights [SUITE...]` which test misses which right.
 */
const [what = '1', count] = process.argv.slice(2);
if (what === 'scale') await scale(Number(count ?? 2));
else if (what === 'leader') await leader(Number(count ?? 10));
else if (what === 'rights') await rights(process.argv.slice(3));
else await loop(Number(what));
