import { expect } from 'chai';
import { redacted } from '../../src/health/redacted.ts';

describe('what others have written', () => {
  const jwt = 'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJlIn0.c2lnbmF0dXJl-_x';
  const secrets: [string, string][] = [
    [
      'proxyconnect: Get "https://user:hunter2@proxy:3128/x": EOF',
      'proxyconnect: Get "https://…@proxy:3128/x": EOF',
    ],
    [`header Authorization: Bearer ${jwt} is bad`, 'header Authorization: Bearer … is bad'],
    [`token ${jwt} has expired`, 'token … has expired'],
    [
      'GET https://r.example.com/v2?access_token=abc123&scope=pull',
      'GET https://r.example.com/v2?access_token=…&scope=pull',
    ],
    ['unknown flag: --password=hunter2', 'unknown flag: --password=…'],
    ['bad key -----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY----- in it', 'bad key … in it'],
  ];
  for (const [text, told] of secrets) {
    it(`is told without secrets: ${told}`, () => {
      expect(redacted(text)).to.equal(told);
    });
  }

  const harmless = [
    'Get "https://10.0.0.1:10250/metrics/resource": x509: certificate is valid for 10.0.0.2, not 10.0.0.1',
    'secret "metrics-server-serving-cert" not found',
    '--kubelet-client-key=/etc/kubelet/tls.key: no such file',
    'registry.example.com/ms@sha256:0123: basic auth failed',
    `kubectl patch msc metrics-server --type=merge -p '{"spec":{"tls":{"kubelet":{"mode":"Insecure"}}}}'`,
  ];
  for (const text of harmless) {
    it(`stays as it is where nothing is secret: ${text}`, () => {
      expect(redacted(text)).to.equal(text);
    });
  }
});
