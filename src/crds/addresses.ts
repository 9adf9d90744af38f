/* Patterns of IP addresses, in the syntax that RE2 and JavaScript share. */

export const ipv4 = '(25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})(\\.(25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})){3}';

const group = '[0-9a-fA-F]{1,4}';

/** With or without one row of zeros left out. */
export const ipv6 = `(${[
  `(${group}:){7}${group}`,
  `(${group}:){1,7}:`,
  ...[1, 2, 3, 4, 5, 6].map((after) => `(${group}:){1,${7 - after}}(:${group}){${after}}`),
  `:((:${group}){1,7}|:)`,
].join('|')})`;
