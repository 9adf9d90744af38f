const secrets: [RegExp, string][] = [
  [/(\w+:\/\/)[^\s/@"']+@/g, '$1…@'], // user and password of an address
  [/\b(Bearer|Basic) [\w+/=.~-]{8,}/gi, '$1 …'],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, '…'], // a JWT, such as the token of an account
  [/-----BEGIN [A-Z ]+-----[\s\S]*?(-----END [A-Z ]+-----|$)/g, '…'],
  [/\b((?:\w+_)?token|password|passwd|(?:client_)?secret|api_?key)=(?!\/)[^\s&"',;]+/gi, '$1=…'],
];

/** What others have written, without what opens doors: it goes into status and Events, which many may read. */
export function redacted(text: string): string {
  return secrets.reduce((rest, [secret, instead]) => rest.replace(secret, instead), text);
}
