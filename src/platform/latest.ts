/** Keeps what was made for one thing, until it is wanted for another. */
export function latest<T>(): (of: string, make: () => T) => T {
  const kept: { last?: { of: string; made: T } } = {};
  return (of, make) => {
    const last = kept.last?.of === of ? kept.last : { of, made: make() };
    kept.last = last;
    return last.made;
  };
}
