import { createLogger, format, type Logger, transports } from 'winston';
import { redacted } from '../health/redacted.ts';

/** One JSON object per line: a message that is always the same, and fields. What opens doors is taken out of all of it, whoever has written it. */
export function jsonLog(level: string, to: Logger['transports'] = [new transports.Console()]): Logger {
  return createLogger({
    level,
    format: format.combine(withoutSecrets(), format.timestamp(), format.json()),
    transports: to,
  });
}

const withoutSecrets = format((line) => {
  for (const [field, value] of Object.entries(line)) line[field] = clean(value);
  return line;
});

function clean(value: unknown): unknown {
  if (typeof value === 'string') return redacted(value);
  if (Array.isArray(value)) return value.map(clean);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, clean(inner)]));
}
