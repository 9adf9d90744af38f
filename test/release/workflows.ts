import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

export const workflowFolder = join(import.meta.dirname, '../../.github/workflows');

const Permissions = z.record(z.string(), z.enum(['read', 'write', 'none']));
const Step = z.looseObject({
  uses: z.string().optional(),
  run: z.string().optional(),
  with: z.record(z.string(), z.unknown()).optional(),
});
const Workflow = z.looseObject({
  permissions: Permissions,
  jobs: z.record(
    z.string(),
    z.looseObject({ permissions: Permissions, 'timeout-minutes': z.int(), steps: z.array(Step) }),
  ),
});

export interface ReadWorkflow extends z.output<typeof Workflow> {
  file: string;
  text: string;
}

/** What stands in .github/workflows; throws where a job has no permissions or no time limit of its own. */
export async function workflows(): Promise<ReadWorkflow[]> {
  const files = (await readdir(workflowFolder)).sort();
  return Promise.all(
    files.map(async (file) => {
      const text = await readFile(join(workflowFolder, file), 'utf8');
      return { file, text, ...Workflow.parse(parse(text)) };
    }),
  );
}
