export type Say = (line: string) => void;

/** Puts the seconds since now in front of each line: `[  2.9 s] kube-apiserver answers`. */
export function withElapsed(say: Say): Say {
  const start = performance.now();
  return (line) => say(`[${((performance.now() - start) / 1000).toFixed(1).padStart(5)} s] ${line}`);
}

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

export function silent(): void {
  // for what nobody watches
}
