import { leader } from './leader.ts';
import { loop } from './loop.ts';
import { scale } from './scale.ts';

/**
 * `npm run bench [-- MINUTES]` measures the loop, `npm run bench -- scale [MINUTES]` what many nodes cost, `npm run bench -- leader
 * [TAKEOVERS]` how long nobody leads.
 */
const [what = '1', count] = process.argv.slice(2);
if (what === 'scale') await scale(Number(count ?? 2));
else if (what === 'leader') await leader(Number(count ?? 10));
else await loop(Number(what));
