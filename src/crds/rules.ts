import { z } from 'zod';

/** One rule of the API, checked twice: by the API server at admission (`cel`) and by the operator (`holds`). */
export interface Rule<T> {
  cel: string;
  holds: (value: T) => boolean;
  /** What to write instead, as a sentence; users see it word for word. */
  message: string | ((value: T) => string);
  /** A CEL expression for the message, where it depends on the value. */
  celMessage?: string;
}

/** The schema with a rule that zod and the API server share. Call it before `.describe()` and `.optional()`. */
export function withRule<S extends z.ZodType>(schema: S, rule: Rule<z.output<S>>): S {
  const meta = schema.meta() ?? {};
  const earlier = Array.isArray(meta['x-kubernetes-validations']) ? meta['x-kubernetes-validations'] : [];
  const { message, celMessage } = rule;
  const sentence = celMessage === undefined ? { message } : { messageExpression: celMessage };
  return schema
    .superRefine((value, context) => {
      if (rule.holds(value)) return;
      context.addIssue({ code: 'custom', message: typeof message === 'string' ? message : message(value) });
    })
    .meta({ ...meta, 'x-kubernetes-validations': [...earlier, { rule: rule.cel, ...sentence }] });
}

/** The schema with several rules, which are checked in this order. */
export function withRules<S extends z.ZodType>(schema: S, rules: Rule<z.output<S>>[]): S {
  return rules.reduce((ruled, rule) => withRule(ruled, rule), schema);
}

/** A CEL expression: does the text match the pattern? RE2 and JavaScript must read the pattern alike. */
export function celMatches(text: string, pattern: RegExp): string {
  return `${text}.matches('${pattern.source.replaceAll('\\/', '/').replaceAll('\\', '\\\\')}')`;
}

/** A string that matches a pattern. The CRD gets no `pattern`: its error would only show the regular expression. */
export function textLike(pattern: RegExp, maxLength: number, message: string): z.ZodString {
  const cel = celMatches('self', pattern);
  return withRule(z.string().max(maxLength), { cel, holds: (text) => pattern.test(text), message });
}

/** A whole number from 0 or a string, as in Kubernetes' IntOrString and Quantity. (A CRD schema forbids types inside `oneOf`, so no z.union.) */
export function intOrString(pattern: RegExp, message: string): z.ZodType<number | string> {
  const isOne = (value: unknown) =>
    (typeof value === 'number' && Number.isInteger(value) && value >= 0) ||
    (typeof value === 'string' && pattern.test(value));
  const rule = `type(self) == int ? int(self) >= 0 : ${celMatches('string(self)', pattern)}`;
  return z.custom<number | string>(isOne, { error: message }).meta({
    'x-kubernetes-int-or-string': true,
    maxLength: 40,
    'x-kubernetes-validations': [{ rule, message }],
  });
}
