export interface ImageConfig {
  user: string;
  entrypoint: string[];
  workdir?: string;
  environment?: Record<string, string>;
  labels?: Record<string, string>;
}

/**
 * Makes an image of a layer and pushes it, with the words of `crane` (go-containerregistry), which needs no daemon. An image without a base lacks
 * operating system and architecture until they are set.
 */
export async function pushImage(
  reference: string,
  layer: string,
  { user, entrypoint, workdir, environment = {}, labels = {} }: ImageConfig,
  crane: (args: string[]) => Promise<string>,
): Promise<void> {
  const pairs = (flag: string, of: Record<string, string>) =>
    Object.entries(of).flatMap(([name, value]) => [flag, `${name}=${value}`]);
  const platform = `linux/${process.arch === 'x64' ? 'amd64' : process.arch}`;
  const unfinished = `${reference}-layer`;
  await crane(['append', '--new_layer', layer, '--new_tag', unfinished]);
  const settings = ['--set-platform', platform, '--user', user, ...(workdir ? ['--workdir', workdir] : [])];
  const words = entrypoint.flatMap((word) => ['--entrypoint', word]);
  const all = [...settings, ...words, ...pairs('--env', environment), ...pairs('--label', labels)];
  await crane(['mutate', unfinished, ...all, '--tag', reference]);
}
