/** A release of metrics-server that this operator can run. */
export interface Release {
  /** Without a leading v, such as 0.9.0. */
  version: string;
}

/** Where upstream publishes the image since 0.6.3. */
export const imageDefaults = { repository: 'registry.k8s.io/metrics-server/metrics-server' };

/** Minor lines whose flags, probes and roles are the same as far as the spec reaches (--kubelet-request-timeout came with 0.7). */
export const knownMinors = ['0.7', '0.8', '0.9'] as const;
export const newestVersion = '0.9.0';

/** The release that a spec asks for; undefined for an unknown minor. An unknown patch is taken: a security fix must not wait for an operator. */
export function releaseOf(version: string | undefined): Release | undefined {
  if (version === undefined) return { version: newestVersion };
  const bare = version.replace(/^v/, '');
  return knownMinors.some((minor) => bare.startsWith(`${minor}.`)) ? { version: bare } : undefined;
}
