import { textLike } from './rules.ts';

const day =
  '[0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|[12][0-9]))';
const clock = '([01][0-9]|2[0-3]):[0-5][0-9]';

/** A date of RFC 3339, with or without a time. */
export const PointInTime = textLike(
  new RegExp(`^${day}(T${clock}:[0-5][0-9](\\.[0-9]{1,9})?(Z|[+-]${clock}))?$`),
  40,
  'write a date such as 2027-01-31, which counts to its end in UTC, or a time such as 2027-01-31T18:00:00Z',
);

const dayMs = 24 * 60 * 60_000;

/** When it is over: a date without a time counts to its end. */
export function endMs(text: string): number {
  return Date.parse(text) + (text.includes('T') ? 0 : dayMs);
}
