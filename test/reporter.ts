import { type Runner, reporters } from 'mocha';

/** mocha's spec reporter with a closing line that a machine can read. */
export default class Reporter extends reporters.Spec {
  constructor(runner: Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    runner.once('end', () => {
      const { passes = 0, failures = 0, pending = 0 } = runner.stats ?? {};
      // A skipped test is not a passed one.
      process.stdout.write(`${passes} passed, ${failures + pending} failed\n`);
    });
  }
}
