import { expect } from 'chai';
import { catalogue, type Flag } from '../../src/crds/catalogue/flags.ts';
import { takes } from '../../src/crds/catalogue/known-flags.ts';
import { flagsIn } from './help.ts';
import { ending, realReleases, withBinary } from './real-releases.ts';

/** A value that no flag takes, but those of texts: the complaint about it tells the flag's type. */
const nonsense = 'no such value';

/** What `--help` leaves out because it is deprecated, though the program takes it, and the complaint about it. */
const hidden = new Map([
  ['audit-webhook-batch-initial-backoff', `time: invalid duration "${nonsense}"`],
  ['enable-swagger-ui', `strconv.ParseBool: parsing "${nonsense}": invalid syntax`],
]);

const typed = (flags: Flag[]) => Object.fromEntries(flags.map(({ name, type }) => [name, type]));

describe('the catalogue of flags', () => {
  for (const release of realReleases) {
    describe(`for ${release.version}`, function () {
      this.timeout(120_000);
      const program = withBinary(release);
      const ours = catalogue.filter((flag) => takes(release.version, flag));

      it('is what --help shows, with the same types', async () => {
        const { output } = await ending(program(), ['--help']);
        expect(flagsIn(output)).to.deep.equal(typed(ours.filter(({ name }) => !hidden.has(name))));
      });

      for (const { name, type } of ours.filter((flag) => hidden.has(flag.name))) {
        it(`is right about --${name}, of type ${type}, which --help hides for it is deprecated`, async () => {
          const { output } = await ending(program(), [`--${name}=${nonsense}`]);
          expect(output.split('\n')[0]).to.equal(
            `Error: invalid argument "${nonsense}" for "--${name}" flag: ${hidden.get(name)}`,
          );
        });
      }

      it('has no flag of another release that the program takes all the same', async () => {
        const others = catalogue.filter((flag) => !takes(release.version, flag));
        for (const { name } of others) {
          const { code, output } = await ending(program(), [`--${name}=${nonsense}`]);
          expect({ code, says: output.split('\n')[0] }).to.deep.equal({
            code: 2,
            says: `Error: unknown flag: --${name}`,
          });
        }
      });
    });
  }
});
