import { z } from 'zod';
import { labelKeyPattern, labelValuePattern } from './node-selector.ts';
import { celMatches, textLike, withRule, withRules } from './rules.ts';

const ours = /^(k8s-app|app\.kubernetes\.io\/(name|managed-by|version)|metrics-server\.io\/.*)$/;
const tracked = /^(app\.kubernetes\.io\/instance|argocd\.argoproj\.io\/.*)$/;

const keys = (message: string, cel: string, holds: (key: string) => boolean) => ({
  cel: `self.all(key, ${cel})`,
  holds: (entries: Record<string, string>) => Object.keys(entries).every(holds),
  message,
});

const wellFormed = keys(
  'write keys such as team or example.com/team',
  celMatches('key', labelKeyPattern),
  (key) => labelKeyPattern.test(key),
);
const notOurs = keys(
  'k8s-app, metrics-server.io/... and app.kubernetes.io/name, managed-by and version are set by the operator; choose other keys',
  `!${celMatches('key', ours)}`,
  (key) => !ours.test(key),
);
const notTracked = keys(
  'app.kubernetes.io/instance and argocd.argoproj.io/... mark what Argo CD applies itself; on an object of the operator Argo CD would prune it',
  `!${celMatches('key', tracked)}`,
  (key) => !tracked.test(key),
);

const LabelValue = textLike(
  labelValuePattern,
  63,
  'write a label value: letters, digits, - _ and ., 63 at most',
);
const named = <V extends z.ZodType<string, string>>(value: V) =>
  z.record(z.string().max(317), value).meta({ maxProperties: 30 });

const keyRules = [wellFormed, notOurs, notTracked];
export const ExtraLabels = withRules(named(LabelValue), keyRules);
export const ExtraAnnotations = withRules(named(z.string().max(10_000)), keyRules);

const Id = (what: string) => z.int().min(1).max(2_147_483_647).optional().describe(what);

const Variable = z.object({
  name: textLike(
    /^[A-Za-z_][A-Za-z0-9_]*$/,
    200,
    'write the name of an environment variable, such as GOGC',
  ).describe('Name of the variable.'),
  value: z
    .string()
    .max(5000)
    .describe('Its value. Not for secrets: whoever may read the config may read it.'),
});

const Variables = withRule(z.array(Variable).max(30), {
  cel: 'self.all(one, self.exists_one(other, other.name == one.name))',
  holds: (variables) => new Set(variables.map(({ name }) => name)).size === variables.length,
  message: 'name each environment variable once',
});

/** What is added to the pods. */
export const Pod = z.object({
  labels: ExtraLabels.optional().describe(
    'Labels of the pods. Refused: those of the operator (k8s-app, metrics-server.io/..., app.kubernetes.io/name, managed-by, version) and of Argo CD.',
  ),
  annotations: ExtraAnnotations.optional().describe(
    'Annotations of the pods, but those of the operator and of Argo CD.',
  ),
  securityContext: z
    .object({
      runAsUser: Id('User that the container runs as, never root. Default 1000.'),
      runAsGroup: Id('Group that the container runs as.'),
      fsGroup: Id('Group of mounted files.'),
    })
    .optional()
    .describe('Users and groups; all the rest is as restricted as it can be.'),
  env: Variables.optional().describe('Environment variables, such as GOGC or GOMEMLIMIT.'),
});
