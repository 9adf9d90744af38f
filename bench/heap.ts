/** Goes into the operator that is measured (--import): on SIGUSR2 it says what its heap holds once everything that is not needed is gone. */
process.on('SIGUSR2', () => {
  globalThis.gc?.();
  console.log(JSON.stringify({ message: 'heap', bytes: process.memoryUsage().heapUsed }));
});
