import { X509Certificate } from 'node:crypto';
import { connect, createServer } from 'node:tls';
import { expect } from 'chai';
import { certificatesIn, type KeyPair, makeAuthority, makeServing } from '../../src/platform/x509.ts';

const now = new Date();
const host = 'metrics-server.kube-system.svc';

/** What a client that trusts `ca` says of a server that shows `pair`. */
async function handshake(pair: KeyPair, ca: string, servername = host): Promise<string> {
  const server = createServer({ cert: pair.certificate, key: pair.key });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const said = await new Promise<string>((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, ca, servername }, () => {
      socket.end();
      resolve('trusted');
    });
    socket.once('error', ({ message }) => resolve(message));
  });
  await new Promise((resolve) => server.close(resolve));
  return said;
}

describe('a certificate that is made', () => {
  let authority: KeyPair;
  let serving: KeyPair;
  before(async () => {
    authority = await makeAuthority('metrics-server CA', 3650, now);
    serving = await makeServing(authority, [host, `${host}.cluster.local`], 365, now);
  });

  it('is trusted by whoever trusts the authority, for its names only', async () => {
    expect(await handshake(serving, authority.certificate)).to.equal('trusted');
    expect(await handshake(serving, authority.certificate, `${host}.cluster.local`)).to.equal('trusted');
    expect(await handshake(serving, authority.certificate, 'other.kube-system.svc')).to.include('altname');
  });

  it('is trusted beside another authority of the same name, and not by that alone', async () => {
    const other = await makeAuthority('metrics-server CA', 3650, now);
    expect(await handshake(serving, `${other.certificate}${authority.certificate}`)).to.equal('trusted');
    expect(await handshake(serving, other.certificate)).not.to.equal('trusted');
  });

  it('is good since an hour, for a year, and the authority for ten', () => {
    const hours = (pem: string) => {
      const { validFrom, validTo } = new X509Certificate(pem);
      return [validFrom, validTo].map((date) => Math.round((Date.parse(date) - now.getTime()) / 3_600_000));
    };
    expect(hours(serving.certificate)).to.deep.equal([-1, 365 * 24]);
    expect(hours(authority.certificate)).to.deep.equal([-1, 3650 * 24]);
  });

  it('has an elliptic key that fits, and a serial number of its own', async () => {
    const [one, two] = [serving, await makeServing(authority, [host], 365, now)].map(
      ({ certificate }) => new X509Certificate(certificate),
    );
    expect(one?.publicKey.asymmetricKeyDetails).to.deep.equal({ namedCurve: 'prime256v1' });
    expect(one?.serialNumber).not.to.equal(two?.serialNumber);
    expect(new X509Certificate(authority.certificate).ca).to.equal(true);
    expect(one?.ca).to.equal(false);
  });

  it('can be for a name that is too long for a common name', async () => {
    const long = `${'a'.repeat(60)}.kube-system.svc`;
    const pair = await makeServing(authority, [long], 365, now);
    expect(await handshake(pair, authority.certificate, long)).to.equal('trusted');
  });
});

describe('the certificates in a PEM text', () => {
  it('are all of them, or none where one is garbage', async () => {
    const { certificate, key } = await makeAuthority('a', 1, now);
    expect(certificatesIn(`${certificate}${certificate}`)).to.have.length(2);
    const garbage = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    for (const text of [`${certificate}${garbage}`, garbage, 'nothing', '', key, `${certificate}${key}`]) {
      expect(certificatesIn(text), text).to.equal(undefined);
    }
    expect(certificatesIn(undefined)).to.equal(undefined);
  });
});
